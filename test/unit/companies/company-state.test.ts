import fc from 'fast-check';
import { companyItem, companyOf, companyOfItem } from '#shared/companies/company-item.ts';
import {
  type CompanyState,
  type CompanyTraits,
  changeCompany,
  isGroupId,
} from '#shared/companies/company-state.ts';
import { NOW, ORG } from '#test/support/builders.ts';

const aChange = (traits: Readonly<Record<string, string>>, at = NOW): CompanyTraits => ({
  groupId: 'acme',
  traits: new Map(Object.entries(traits)),
  time: { at, nth: 0 },
});

const stored = (...changes: readonly CompanyTraits[]): CompanyState =>
  changeCompany(undefined, changes, NOW).after as CompanyState;

const changes: fc.Arbitrary<CompanyTraits> = fc
  .tuple(
    fc.dictionary(
      fc.constantFrom('name', 'plan', '__proto__'),
      fc.constantFrom('null', '"a"', '"b"', '1.0'),
      {
        noNullPrototype: true,
      },
    ),
    fc.integer({ min: 0, max: 2 }),
    fc.integer({ min: 0, max: 1 }),
  )
  .map(([traits, at, nth]) => ({ ...aChange(traits), time: { at, nth } }));

const traitsOf = ({ traits }: CompanyState) => [...traits].toSorted(([a], [b]) => (a < b ? -1 : 1));

describe('a company', () => {
  it('ends the same in whatever order, pieces and repetitions its changes arrive', () => {
    fc.assert(
      fc.property(fc.array(changes, { minLength: 1, maxLength: 8 }), fc.nat(8), (all, cut) => {
        const whole = traitsOf(stored(...all));
        const first = changeCompany(undefined, all.slice(cut), NOW).after;

        expect(traitsOf(stored(...all.toReversed()))).toEqual(whole);
        expect(traitsOf(stored(...all, ...all))).toEqual(whole);
        expect(traitsOf(changeCompany(first, all, NOW).after as CompanyState)).toEqual(whole);
      }),
    );
  });

  it('is the same object if nothing changes', () => {
    const before = stored(aChange({ name: '"Acme"' }));

    const { after, isVisible } = changeCompany(before, [aChange({ name: '"Old"' }, NOW - 1)], NOW + 5);

    expect(after).toBe(before);
    expect(isVisible).toBe(false);
  });

  it.each([
    ['a later value', aChange({ name: '"New"' }, NOW + 1), true],
    ['the removal of a trait', aChange({ name: 'null' }, NOW + 1), true],
    ['the same value of a later time', aChange({ name: '"Acme"' }, NOW + 1), false],
  ])('with %s is changed, and as of the right moment', (_, change, isVisible) => {
    const before = stored(aChange({ name: '"Acme"' }));

    const result = changeCompany(before, [change], NOW + 5);

    expect(result.after).not.toBe(before);
    expect(result.isVisible).toBe(isVisible);
    expect(result.after?.updatedAt).toBe(isVisible ? NOW + 5 : NOW);
  });

  it('exists as soon as it is named, without traits', () => {
    expect(changeCompany(undefined, [aChange({})], NOW)).toMatchObject({
      after: { groupId: 'acme', version: 0, traits: new Map(), createdAt: NOW },
      isVisible: true,
    });
  });

  it.each([
    ['is what it has', { name: '"Acme"' }, true],
    ['is older than what it has', { name: '"Acme"' }, false],
    ['says nothing', {}, false],
  ])('knows whether a change %s', (_, traits, isCurrent) => {
    const before = stored(aChange({ name: '"Acme"' }));

    const result = changeCompany(before, [aChange(traits, isCurrent ? NOW : NOW - 1)], NOW);

    expect(result.isCurrent).toBe(isCurrent);
  });

  it('refuses a change that makes it too large, and only that one', () => {
    const large = (length: number) => JSON.stringify('x'.repeat(length * 1024));
    const all = [
      aChange({ a: large(100) }),
      aChange({ b: large(100) }),
      aChange({ c: '1' }),
      aChange({ a: large(130) }, NOW - 1),
    ];

    const { after, outcomes } = changeCompany(undefined, all, NOW);

    const refused = { kind: 'rejected', reason: 'Company is too large to store' };
    expect(outcomes).toEqual([{ kind: 'stored' }, refused, { kind: 'stored' }, refused]);
    expect([...(after?.traits.keys() ?? [])]).toEqual(['a', 'c']);
    expect(changeCompany(undefined, [aChange({ a: large(130) })], NOW).after).toBeUndefined();
  });

  it('is read as it was stored, one version later, and shown without removed traits', () => {
    const state = stored(aChange({ name: '"Acme"', ['__proto__']: '{"n":1.0}', gone: 'null' }));

    const read = companyOfItem(companyItem(ORG, state));

    expect(read).toEqual({ ...state, version: 1 });
    expect([...companyOf(read).traits]).toEqual([
      ['__proto__', '{"n":1.0}'],
      ['name', '"Acme"'],
    ]);
  });

  it.each([
    ['x', true],
    ['é'.repeat(512), true],
    ['# / % \n', true],
    ['', false],
    ['é'.repeat(513), false],
    ['\ud83d', false],
  ])('may have the id %j: %s', (text, isValid) => {
    expect(isGroupId(text)).toBe(isValid);
  });
});
