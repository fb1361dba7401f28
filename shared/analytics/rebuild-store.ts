import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import pMap from 'p-map';
import * as v from 'valibot';
import { numberAttribute, textAttribute } from '../aws/attributes.ts';
import { batchDelete, batchGet, batchPut, type Item, queryPage, queryPages } from '../aws/dynamodb.ts';
import type { RetryBudget } from '../aws/retry.ts';
import { CHARTED_KINDS } from '../events/kinds.ts';
import type { Clock } from '../time/clock.ts';
import { OutOfTimeError } from '../time/out-of-time.ts';
import { fromHoursText, type HourCounts, splitHours, toHoursText } from './hour-counts.ts';
import {
  fromRebuildItem,
  REBUILD_SHARDS,
  type RebuildRow,
  rebuildExpiry,
  rebuildPartition,
  sumKey,
} from './rebuild-item.ts';
import { BASE, type Increments, ROLLUP_SHARDS, type RollupShard, rollupPartitions, UNITS } from './rollup.ts';

/** A generation that a rebuild builds or removes. */
export interface GenerationRef {
  readonly orgId: string;
  readonly generation: number;
}

/** The store in which a rebuild adds up its counts. All calls are idempotent; each throws OutOfTimeError. */
export interface RebuildStore {
  /**
   * Reads the rows of a shard, in the order of their keys, page by page; strongly consistent. It takes at most half of the
   * partition's read units: consumers look up contacts in the same rows.
   */
  rows(ref: GenerationRef, shard: number, budget: RetryBudget): AsyncGenerator<readonly RebuildRow[]>;
  /** Stores the sum of a shard. */
  putSum(ref: GenerationRef, shard: number, sum: HourCounts, budget: RetryBudget): Promise<void>;
  /** Reads the sums of all shards, in parts. */
  sums(ref: GenerationRef, budget: RetryBudget): AsyncGenerator<HourCounts>;
  /** Stores rollups, overwriting existing ones. */
  putRollups(rollups: Increments, budget: RetryBudget): Promise<void>;
  /** Deletes the rollups of a generation; the rows of its rebuild expire. */
  remove(ref: GenerationRef, budget: RetryBudget): Promise<void>;
}

/** Half of what one partition serves: 3,000 read units a second. Source: Developer Guide, "Service quotas". */
const READ_UNITS_A_SECOND = 1_500;

/** The number of partitions that are emptied concurrently: most have no or few items. */
const REMOVALS = 16;

/** The maximum size of a part of a sum, in bytes. */
const SUM_BYTES = 256 * 1024;

const ALL_SHARDS: readonly RollupShard[] = [
  ...Array.from({ length: ROLLUP_SHARDS }, (_, shard) => shard),
  BASE,
];

/** A part of a sum, and the number of its parts. */
const SumSchema = v.object({
  hours: v.pipe(textAttribute, v.transform(fromHoursText)),
  parts: numberAttribute,
});

/** Creates the {@link RebuildStore} of a rollup table. */
export const createRebuildStore = (client: DynamoDBClient, table: string, now: Clock): RebuildStore => {
  const keysOf = (pk: string, budget: RetryBudget): AsyncGenerator<Item[]> => {
    const input = {
      TableName: table,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: pk } },
      ConsistentRead: true,
      ProjectionExpression: 'pk, sk',
    };
    return queryPages(client, input, budget);
  };
  const putAll = async (items: readonly Item[], budget: RetryBudget): Promise<void> => {
    const left = await batchPut(table, items, { client, budget });
    if (left.length > 0) throw new OutOfTimeError(`${left.length} items could not be stored in time`);
  };

  return {
    async *rows({ orgId, generation }, shard, budget) {
      let start: Item | undefined;
      do {
        const began = budget.now();
        const {
          Items = [],
          ConsumedCapacity,
          LastEvaluatedKey,
        } = await queryPage(
          client,
          {
            TableName: table,
            KeyConditionExpression: 'pk = :pk',
            ExpressionAttributeValues: { ':pk': { S: rebuildPartition(orgId, generation, shard) } },
            ConsistentRead: true,
            ReturnConsumedCapacity: 'TOTAL',
            ...(start !== undefined && { ExclusiveStartKey: start }),
          },
          budget,
        );
        yield Items.map(fromRebuildItem);
        start = LastEvaluatedKey;
        const due = began + ((ConsumedCapacity?.CapacityUnits ?? 0) * 1_000) / READ_UNITS_A_SECOND;
        if (start !== undefined) await budget.sleep(Math.max(0, due - budget.now()));
      } while (start !== undefined);
    },

    putSum: ({ orgId, generation }, shard, sum, budget) => {
      const parts = splitHours(sum, SUM_BYTES);
      const items = parts.map((part, at) => ({
        ...sumKey(orgId, generation, shard, at),
        hours: { S: toHoursText(part) },
        parts: { N: String(parts.length) },
        ...rebuildExpiry(now()),
      }));
      return putAll(items, budget);
    },

    async *sums({ orgId, generation }, budget) {
      for (let shard = 0; shard < REBUILD_SHARDS; shard++) {
        // A shard without counts has no part.
        let parts = 1;
        for (let at = 0; at < parts; at++) {
          const key = sumKey(orgId, generation, shard, at);
          const [item] = await batchGet(table, [key], { client, budget, consistent: true });
          if (item === undefined) {
            if (at > 0) throw new Error(`The sum of shard ${shard} lacks part ${at}`);
            break;
          }
          const sum = v.parse(SumSchema, item);
          ({ parts } = sum);
          yield sum.hours;
        }
      }
    },

    putRollups: (rollups, budget) =>
      putAll(
        [...rollups.values()].map(({ key, counts }) => ({
          pk: { S: key.pk },
          sk: { S: key.sk },
          ...Object.fromEntries([...counts].map(([field, count]) => [field, { N: String(count) }])),
        })),
        budget,
      ),

    async remove({ orgId, generation }, budget) {
      const partitions = CHARTED_KINDS.flatMap((kind) =>
        UNITS.flatMap((unit) =>
          ALL_SHARDS.flatMap((shard) => rollupPartitions({ orgId, generation, kind, unit }, shard)),
        ),
      );
      const removePartition = async (pk: string): Promise<void> => {
        for await (const keys of keysOf(pk, budget)) {
          const left = await batchDelete(table, keys, { client, budget });
          if (left.length > 0) throw new OutOfTimeError(`${left.length} items could not be deleted in time`);
        }
      };
      await pMap(partitions, removePartition, { concurrency: REMOVALS });
    },
  };
};
