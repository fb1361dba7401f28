import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { textAttribute } from '../aws/attributes.ts';
import { batchDelete, batchPut, type Item, queryPages } from '../aws/dynamodb.ts';
import type { RetryBudget } from '../aws/retry.ts';
import { KINDS } from '../events/kinds.ts';
import type { Clock } from '../time/clock.ts';
import { OutOfTimeError } from '../time/out-of-time.ts';
import { fromHoursText, type HourCounts, splitHours, toHoursText } from './hour-counts.ts';
import {
  fromRebuildItem,
  type RebuildRow,
  rebuildExpiry,
  rebuildPartition,
  sumPartition,
} from './rebuild-item.ts';
import { BASE, type Increments, ROLLUP_SHARDS, type RollupShard, rollupPartition, UNITS } from './rollup.ts';

/** A generation that a rebuild builds or removes. */
export interface GenerationRef {
  readonly orgId: string;
  readonly generation: number;
}

/** The store in which a rebuild adds up its counts. All calls are idempotent; each throws OutOfTimeError. */
export interface RebuildStore {
  /** Reads the rows of a shard, in the order of their keys, page by page; strongly consistent. */
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

/** The maximum size of a part of a sum, in bytes. */
const SUM_BYTES = 256 * 1024;

const ALL_SHARDS: readonly RollupShard[] = [
  ...Array.from({ length: ROLLUP_SHARDS }, (_, shard) => shard),
  BASE,
];

const SumSchema = v.object({ hours: v.pipe(textAttribute, v.transform(fromHoursText)) });

/** Creates the {@link RebuildStore} of a rollup table. */
export const createRebuildStore = (client: DynamoDBClient, table: string, now: Clock): RebuildStore => {
  async function* partition(pk: string, budget: RetryBudget, projection?: string): AsyncGenerator<Item[]> {
    const input = {
      TableName: table,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: pk } },
      ConsistentRead: true,
      ...(projection !== undefined && { ProjectionExpression: projection }),
    };
    yield* queryPages(client, input, budget);
  }
  const putAll = async (items: readonly Item[], budget: RetryBudget): Promise<void> => {
    const left = await batchPut(table, items, { client, budget });
    if (left.length > 0) throw new OutOfTimeError(`${left.length} items could not be stored in time`);
  };

  return {
    async *rows({ orgId, generation }, shard, budget) {
      const pages = partition(rebuildPartition(orgId, generation, shard), budget);
      for await (const page of pages) yield page.map(fromRebuildItem);
    },

    putSum: ({ orgId, generation }, shard, sum, budget) =>
      putAll(
        splitHours(sum, SUM_BYTES).map((part, at) => ({
          pk: { S: sumPartition(orgId, generation) },
          sk: { S: `${shard}#${at}` },
          hours: { S: toHoursText(part) },
          ...rebuildExpiry(now()),
        })),
        budget,
      ),

    async *sums({ orgId, generation }, budget) {
      for await (const page of partition(sumPartition(orgId, generation), budget)) {
        for (const item of page) yield v.parse(SumSchema, item).hours;
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
      const partitions = KINDS.flatMap((kind) =>
        UNITS.flatMap((unit) =>
          ALL_SHARDS.map((shard) => rollupPartition(orgId, generation, kind, unit, shard)),
        ),
      );
      for (const pk of partitions) {
        for await (const keys of partition(pk, budget, 'pk, sk')) {
          const left = await batchDelete(table, keys, { client, budget });
          if (left.length > 0) throw new OutOfTimeError(`${left.length} items could not be deleted in time`);
        }
      }
    },
  };
};
