import fc from 'fast-check';
import { pageOfShards } from '#shared/identities/shard-pages.ts';
import { ORG_SHARDS, type ShardPosition } from '#shared/identities/shards.ts';

/** A list of ids by shard, and a record of its reads. */
const aList = (shards: readonly (readonly string[])[]) => {
  const reads: { shard: number; limit: number; after: string | undefined }[] = [];
  let rounds = 0;
  let roundIsOpen = false;
  const list = {
    read: async (shard: number, limit: number, after: string | undefined) => {
      reads.push({ shard, limit, after });
      if (!roundIsOpen) rounds += 1;
      roundIsOpen = true;
      await Promise.resolve();
      roundIsOpen = false;
      const rest = (shards[shard] ?? []).filter((id) => after === undefined || id > after);
      const items = rest.slice(0, limit);
      // Like DynamoDB: a read that reaches its limit does not reveal whether there are more items.
      return { items, next: items.length === limit ? items.at(-1) : undefined };
    },
    idOf: (id: string) => id,
  };
  return { list, reads, rounds: () => rounds };
};

const ids = fc
  .uniqueArray(fc.nat(999), { maxLength: 12 })
  .map((numbers) => numbers.map((number) => String(number).padStart(3, '0')).sort());

describe('a list over all shards', () => {
  it('returns every item once and in order, in pages that are full except the last', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(ids, { minLength: ORG_SHARDS, maxLength: ORG_SHARDS }),
        fc.integer({ min: 1, max: 40 }),
        async (shards, limit) => {
          const { list } = aList(shards);
          const pages: (readonly string[])[] = [];

          let from: ShardPosition | undefined = [0, null];
          while (from !== undefined) {
            const page = await pageOfShards(list, from, limit);
            pages.push(page.items);
            from = page.next as ShardPosition | undefined;
          }

          expect(pages.flat()).toEqual(shards.flat());
          for (const page of pages.slice(0, -1)) expect(page).toHaveLength(limit);
        },
      ),
    );
  });

  it('reads only one shard if that contains the page', async () => {
    const { list, reads } = aList([['a', 'b', 'c']]);

    const { items, next } = await pageOfShards(list, [0, 'a'], 1);

    expect(reads).toEqual([{ shard: 0, limit: 1, after: 'a' }]);
    expect([items, next]).toEqual([['b'], [0, 'b']]);
  });

  it('with almost no items takes five rounds, and reads each shard once', async () => {
    const { list, reads, rounds } = aList([[], ['a'], [], [], [], [], [], ['b']]);

    const page = await pageOfShards(list, [0, null], 50);

    expect(page).toEqual({ items: ['a', 'b'], next: undefined });
    expect(reads.map(({ shard }) => shard)).toEqual([...Array(ORG_SHARDS).keys()]);
    expect(rounds()).toBe(5);
  });
});
