import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createRebuildStore } from '#shared/analytics/rebuild-store.ts';
import { aBudget, fixedClock, ORG } from '#test/support/builders.ts';

const KEY = { pk: { S: 'p' }, sk: { S: 's' } };

/** A partition of pages that each cost a number of read units. */
const aPartition = (pages: number, units: number): DynamoDBClient => {
  let read = 0;
  const send = async () => {
    read += 1;
    return {
      Items: [],
      ConsumedCapacity: { CapacityUnits: units },
      ...(read < pages && { LastEvaluatedKey: KEY }),
    };
  };
  return { send } as unknown as DynamoDBClient;
};

describe('reading the rows of a shard', () => {
  it.each([
    [3, 256, [171, 171]],
    [2, 15, [10]],
    [1, 256, []],
  ])(
    'of %d pages of %d read units each takes at most half of what a partition serves',
    async (pages, units, ms) => {
      const budget = aBudget(60_000);
      const store = createRebuildStore(aPartition(pages, units), 'rollups', fixedClock);

      for await (const _rows of store.rows({ orgId: ORG, generation: 1 }, 0, budget));

      expect(budget.pauses.map(Math.round)).toEqual(ms);
    },
  );
});
