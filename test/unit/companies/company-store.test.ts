import type { CompanyTraits } from '#shared/companies/company-state.ts';
import type { ShardPosition } from '#shared/identities/shards.ts';
import { OutOfTimeError } from '#shared/time/out-of-time.ts';
import { aBudget, anAwsError, NOW, ORG } from '#test/support/builders.ts';
import { newCompanyTable } from '#test/support/company-table.ts';
import { someIds } from '#test/support/refresh-world.ts';

const OTHER_ORG = 'o_other';

const aChange = (groupId: string, traits: Readonly<Record<string, string>>, at = NOW): CompanyTraits => ({
  groupId,
  traits: new Map(Object.entries(traits)),
  time: { at, nth: 0 },
});

const options = () => ({ now: NOW, budget: aBudget() });

const STORED = { kind: 'stored' };

describe('changing companies', () => {
  it('writes each once, however many of the changes are about it', async () => {
    const { store, calls } = newCompanyTable();
    const changes = [
      aChange('acme', { name: '"Acme"' }),
      aChange('other', { name: '"Other"' }),
      aChange('acme', { plan: '"pro"' }, NOW - 5),
    ];

    const { outcomes, changed, left } = await store.change(ORG, changes, options());

    expect(outcomes).toEqual([STORED, STORED, STORED]);
    expect([...changed].toSorted()).toEqual(['acme', 'other']);
    expect(left).toBe(0);
    expect(calls).toEqual(['BatchGetItem', 'PutItem', 'PutItem']);
    expect(await store.get(ORG, 'acme')).toEqual({
      groupId: 'acme',
      traits: new Map([
        ['name', '"Acme"'],
        ['plan', '"pro"'],
      ]),
      createdAt: new Date(NOW).toISOString(),
      updatedAt: new Date(NOW).toISOString(),
    });
    expect(await store.get(OTHER_ORG, 'acme')).toBeUndefined();
  });

  it('writes nothing that it has, and tells of no change unless it may have been interrupted', async () => {
    const { store, calls } = newCompanyTable();
    const changes = [aChange('acme', { name: '"Acme"' })];
    await store.change(ORG, changes, options());
    calls.length = 0;

    const again = await store.change(ORG, changes, options());
    const repeated = await store.change(ORG, changes, { ...options(), isRepeated: true });

    expect([again.outcomes, again.changed]).toEqual([[STORED], new Set()]);
    expect([repeated.outcomes, repeated.changed]).toEqual([[STORED], new Set(['acme'])]);
    expect(calls).toEqual(['BatchGetItem', 'BatchGetItem']);
  });

  it('reads a company again that another call has changed in between, and keeps both changes', async () => {
    let others = 2;
    const table = newCompanyTable(async (operation, when) => {
      if (operation !== 'PutItem' || when !== 'before' || others === 0) return;
      others -= 1;
      await table.store.change(ORG, [aChange('acme', { [`of ${others}`]: '1' })], options());
    });

    const { outcomes } = await table.store.change(ORG, [aChange('acme', { mine: '1' })], options());

    expect(outcomes).toEqual([STORED]);
    const company = await table.store.get(ORG, 'acme');
    expect([...(company?.traits.keys() ?? [])]).toEqual(['mine', 'of 0', 'of 1']);
  });

  it('tells of a change whose answer was lost', async () => {
    let isLost = false;
    const { store } = newCompanyTable((operation, when) => {
      if (operation !== 'PutItem' || when !== 'after' || isLost) return;
      isLost = true;
      throw anAwsError('InternalServerError', 500);
    });

    const { outcomes, changed } = await store.change(ORG, [aChange('acme', { name: '1' })], options());

    expect([outcomes, [...changed]]).toEqual([[STORED], ['acme']]);
  });

  it('counts what is left when time runs out', async () => {
    const { store } = newCompanyTable(() => {
      throw anAwsError('ThrottlingException', 400);
    });

    const { outcomes, left } = await store.change(
      ORG,
      [aChange('acme', { name: '1' }), aChange('x'.repeat(1_025), {})],
      options(),
    );

    expect(outcomes).toEqual([
      undefined,
      { kind: 'rejected', reason: 'The id of the company is too long to store' },
    ]);
    expect(left).toBe(1);
  });

  it('stores hundreds of companies', async () => {
    const { store, calls } = newCompanyTable();
    const ids = Array.from({ length: 250 }, (_, nth) => `company ${nth}`);

    const { outcomes } = await store.change(
      ORG,
      ids.map((id) => aChange(id, { id: JSON.stringify(id), more: '1' })),
      options(),
    );

    expect(outcomes).toEqual(ids.map(() => STORED));
    expect(calls.filter((call) => call === 'BatchGetItem')).toHaveLength(3);
    const traits = await store.traits(ORG, [...ids, 'nobody'], ['id', 'none'], options());
    expect([...traits].toSorted(([a], [b]) => (a < b ? -1 : 1))).toEqual(
      ids.toSorted().map((id) => [id, new Map([['id', JSON.stringify(id)]])]),
    );
    expect(await store.getMany(ORG, ['company 1', 'nobody'], options())).toHaveLength(1);
  });
});

describe('lists', () => {
  const all = async <T>(
    read: (from: ShardPosition) => Promise<{ items: readonly T[]; next: ShardPosition | undefined }>,
  ): Promise<T[]> => {
    const seen: T[] = [];
    let from: ShardPosition | undefined = [0, null];
    while (from !== undefined) {
      const { items, next } = await read(from);
      seen.push(...items);
      from = next;
    }
    return seen;
  };

  it.each([1, 7, 50])('of companies have each once, with a limit of %i', async (limit) => {
    const { store } = newCompanyTable();
    const ids = Array.from({ length: 40 }, (_, nth) => `company ${String(nth).padStart(2, '0')}`);
    await store.change(
      ORG,
      ids.map((id) => aChange(id, {})),
      options(),
    );
    await store.change(OTHER_ORG, [aChange('theirs', {})], options());
    await store.addMembers(ORG, [{ groupId: 'acme', identityId: 'c_1' }], options());

    const seen = await all((from) => store.list(ORG, limit, from));

    expect(seen.map(({ groupId }) => groupId).toSorted()).toEqual(ids);
  });

  it.each([1, 7, 50])('of members have each once, with a limit of %i', async (limit) => {
    const { store } = newCompanyTable();
    const ids = someIds(40);
    const rows = ids.map((identityId) => ({ groupId: 'acme', identityId }));
    await store.addMembers(ORG, [...rows, ...rows, { groupId: 'acme2', identityId: 'c_x' }], options());
    await store.addMembers(ORG, rows, options());

    const seen = await all((from) => store.members(ORG, 'acme', limit, from));

    expect(seen.toSorted()).toEqual(ids);
  });

  it('of members are not written in part without a word', async () => {
    const { store } = newCompanyTable(() => {
      throw anAwsError('ThrottlingException', 400);
    });

    const adding = store.addMembers(ORG, [{ groupId: 'acme', identityId: 'c_1' }], options());

    await expect(adding).rejects.toThrow(OutOfTimeError);
  });
});
