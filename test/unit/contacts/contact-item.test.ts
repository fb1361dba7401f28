import fc from 'fast-check';
import type { Item } from '#shared/aws/dynamodb.ts';
import { contactItem, contactOf, stateOfItem } from '#shared/contacts/contact-item.ts';
import type { ContactState, LinkedIdentity } from '#shared/contacts/contact-state.ts';
import { changedAt, type TimedValues } from '#shared/contacts/timed.ts';
import { NAMESPACES } from '#shared/identities/identity.ts';
import { NOW, ORG, SARAH, SARAH_ID } from '#test/support/builders.ts';

const aState = (overrides: Partial<ContactState> = {}): ContactState => ({
  contactId: SARAH_ID,
  version: 0,
  identities: new Map([[SARAH_ID, { namespace: 'email', value: SARAH, linkedAt: NOW }]]),
  fields: changedAt([['email', 'Sarah@Example.com']], { at: NOW, nth: 0 }),
  attributes: new Map(),
  companies: new Map(),
  devices: new Map(),
  createdAt: NOW,
  updatedAt: NOW,
  ...overrides,
});

const NAME = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.constantFrom('__proto__', 'constructor', '@', '#', ' '),
);
const TIME = fc.record({ at: fc.integer({ min: -62_135_596_800_000, max: NOW }), nth: fc.nat(10_000) });
const TIMED: fc.Arbitrary<TimedValues> = fc
  .array(fc.tuple(NAME, fc.record({ text: fc.oneof(fc.json(), fc.string()) }), TIME), { maxLength: 5 })
  .map((values) => new Map(values.map(([name, { text }, time]) => [name, { ...time, text }])));
const IDENTITIES: fc.Arbitrary<ReadonlyMap<string, LinkedIdentity>> = fc
  .array(
    fc.record({
      namespace: fc.constantFrom(...NAMESPACES),
      value: fc.string({ minLength: 1, maxLength: 20 }),
      linkedAt: fc.nat(NOW),
    }),
    { maxLength: 5 },
  )
  .map((identities) => new Map(identities.map((identity, nth) => [`c_${nth}`, identity])));

describe('a contact’s item', () => {
  it('reads back as the contact, in the next version', () => {
    fc.assert(
      fc.property(
        fc.array(TIMED, { minLength: 4, maxLength: 4 }),
        IDENTITIES,
        fc.nat(),
        (values, identities, version) => {
          const [fields, attributes, companies, devices] = values as [
            TimedValues,
            TimedValues,
            TimedValues,
            TimedValues,
          ];
          const state = aState({ fields, attributes, companies, devices, identities, version });

          expect(stateOfItem(contactItem(ORG, state))).toEqual({ ...state, version: version + 1 });
        },
      ),
    );
  });

  it('has neither companies nor devices if the contact has none', () => {
    const item = contactItem(ORG, aState());

    expect(Object.keys(item)).not.toEqual(expect.arrayContaining(['companies']));
    expect(Object.keys(item)).not.toEqual(expect.arrayContaining(['devices']));
    expect(stateOfItem(item)).toMatchObject({ companies: new Map(), devices: new Map() });
  });

  it.each<[string, Item]>([
    ['nothing', {}],
    ['no attributes', { ...contactItem(ORG, aState()), attributes: { S: '{}' } }],
    ['no identity', { ...contactItem(ORG, aState()), identities: { M: { [SARAH_ID]: { S: 'x' } } } }],
  ])('cannot be read from %s', (_case, item) => {
    expect(() => stateOfItem(item)).toThrow(expect.objectContaining({ name: 'ValiError' }));
  });
});

describe('a contact as readers see it', () => {
  it('has the address as it was sent, and the moment of the first import unless a sender said when it was created', () => {
    const createdElsewhere = changedAt([['createdAt', '2020-01-01T00:00:00.000Z']], { at: NOW, nth: 0 });

    expect(contactOf(aState())).toMatchObject({
      contactId: SARAH_ID,
      email: 'Sarah@Example.com',
      externalId: undefined,
      createdAt: '2026-03-15T12:00:00.000Z',
      updatedAt: '2026-03-15T12:00:00.000Z',
    });
    expect(contactOf(aState({ fields: createdElsewhere })).createdAt).toBe('2020-01-01T00:00:00.000Z');
  });

  it('has its identities in the order in which they were linked, the stronger first of those of one moment', () => {
    const identities = new Map<string, LinkedIdentity>([
      ['c_3', { namespace: 'anonymousId', value: 'a', linkedAt: 7 }],
      ['c_2', { namespace: 'email', value: SARAH, linkedAt: 7 }],
      ['c_1', { namespace: 'phone', value: '+12133734253', linkedAt: 5 }],
    ]);

    const { identities: shown } = contactOf(aState({ identities }));

    expect(shown.map(({ namespace }) => namespace)).toEqual(['phone', 'email', 'anonymousId']);
  });

  it('does not have removed attributes', () => {
    const attributes = changedAt(
      [
        ['plan', '"pro"'],
        ['city', 'null'],
      ],
      { at: NOW, nth: 0 },
    );

    expect([...contactOf(aState({ attributes })).attributes]).toEqual([['plan', '"pro"']]);
  });

  it('has the companies that it has not left', () => {
    const companies = changedAt(
      [
        ['left', 'null'],
        ['b', '"c_1"'],
        ['a', '"c_2"'],
      ],
      { at: NOW, nth: 0 },
    );

    expect(contactOf(aState({ companies })).companies).toEqual(['a', 'b']);
  });

  it.each<[string, Record<string, string>, string | undefined]>([
    ['no device', {}, '"sent"'],
    ['removed devices only', { t1: 'null' }, '"sent"'],
    ['a device', { t1: '{"n":1.0}' }, '{"t1":{"n":1.0}}'],
    [
      'several devices',
      { t2: '2', __proto__x: '"x"', '"': '12345678901234567890', gone: 'null' },
      '{"\\"":12345678901234567890,"__proto__x":"x","t2":2}',
    ],
  ])('with %s shows its devices as an attribute', (_case, devices, text) => {
    const at = { at: NOW, nth: 0 };
    const state = aState({
      attributes: changedAt([['devices', '"sent"']], at),
      devices: changedAt(Object.entries(devices), at),
    });

    expect(contactOf(state).attributes.get('devices')).toBe(text);
  });
});
