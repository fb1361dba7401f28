import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import pMap from 'p-map';
import * as v from 'valibot';
import { textAttribute } from '../aws/attributes.ts';
import { batchDelete, batchGet, batchPut, type Item, queryPage, queryPages } from '../aws/dynamodb.ts';
import type { RetryBudget } from '../aws/retry.ts';
import { CHARTED_KINDS } from '../events/kinds.ts';
import type { Clock } from '../time/clock.ts';
import { OutOfTimeError } from '../time/out-of-time.ts';
import {
  cellCount,
  divided,
  fromHoursText,
  type HourCounts,
  splitHours,
  toHoursText,
} from './hour-counts.ts';
import { isNamedKind } from './name-rows.ts';
import {
  fromRebuildItem,
  fromSumIndex,
  REBUILD_SHARDS,
  type RebuildRow,
  rebuildExpiry,
  rebuildPartition,
  sumIndexKey,
  sumPartKey,
  toSumIndex,
} from './rebuild-item.ts';
import { SLICES } from './rebuild-task.ts';
import { allShards, type Increments, namePartitions, rollupPartitions } from './rollup.ts';
import { UNITS } from './units.ts';

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
  /**
   * Stores the sum of a shard.
   * @param sums - the counts of which it consists; each is stored before the next one is taken
   */
  putSum(
    ref: GenerationRef,
    shard: number,
    sums: AsyncIterable<HourCounts>,
    budget: RetryBudget,
  ): Promise<void>;
  /** Reads the size of a slice of the sums of all shards, and then its parts as often as needed. */
  slice(ref: GenerationRef, slice: number, budget: RetryBudget): Promise<SumSlice>;
  /** Stores rollups, overwriting existing ones. */
  putRollups(rollups: Increments, budget: RetryBudget): Promise<void>;
  /** Deletes a slice of the rollups of a generation; the rows of its rebuild expire. */
  remove(ref: GenerationRef, slice: number, budget: RetryBudget): Promise<void>;
}

/** A slice of the series in the sums of all shards. */
export interface SumSlice {
  /** The number of cells of all parts together, an upper bound of the number of different cells. */
  readonly cells: number;
  /**
   * Reads the parts, of which one at a time is in memory.
   * @throws Error if a part is missing
   */
  parts(): AsyncGenerator<HourCounts>;
}

/** Half of what one partition serves: 3,000 read units a second. Source: Developer Guide, "Service quotas". */
const READ_UNITS_A_SECOND = 1_500;

/** The number of partitions that are emptied concurrently: most have no or few items. */
const REMOVALS = 16;

/** The maximum size of a part of a sum, in bytes. */
const SUM_BYTES = 256 * 1024;

const SumPartSchema = v.object({ hours: v.pipe(textAttribute, v.transform(fromHoursText)) });

/** The partitions of the rollups of a generation. */
const partitionsOf = ({ orgId, generation }: GenerationRef): string[] =>
  CHARTED_KINDS.flatMap((kind) =>
    UNITS.flatMap((unit) =>
      allShards(generation).flatMap((shard) => {
        const series = { orgId, generation, kind, unit };
        return [
          ...rollupPartitions(series, shard),
          ...(isNamedKind(kind) ? namePartitions(series, shard) : []),
        ];
      }),
    ),
  );

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

    async putSum({ orgId, generation }, shard, sums, budget) {
      const sizes = Array.from({ length: SLICES }, () => ({ parts: 0, cells: 0 }));
      for await (const sum of sums) {
        const items: Item[] = [];
        for (const [slice, counts] of divided(sum, SLICES, 'slice')) {
          const size = sizes[slice] as (typeof sizes)[number];
          size.cells += cellCount(counts);
          for (const part of splitHours(counts, SUM_BYTES)) {
            const key = sumPartKey(orgId, generation, { shard, slice, part: size.parts });
            items.push({ ...key, hours: { S: toHoursText(part) }, ...rebuildExpiry(now()) });
            size.parts += 1;
          }
        }
        await putAll(items, budget);
      }
      const index = { ...sumIndexKey(orgId, generation, shard), ...toSumIndex(shard, sizes) };
      await putAll([{ ...index, ...rebuildExpiry(now()) }], budget);
    },

    async slice({ orgId, generation }, slice, budget) {
      const options = { client, budget, consistent: true };
      const shards = Array.from({ length: REBUILD_SHARDS }, (_, shard) => shard);
      const keys = shards.map((shard) => sumIndexKey(orgId, generation, shard));
      const found = (await batchGet(table, keys, options)).map(fromSumIndex);
      if (found.length < REBUILD_SHARDS) throw new Error(`${REBUILD_SHARDS - found.length} sums are missing`);
      const sizes = found
        .map(({ shard, slices }) => ({ shard, parts: 0, cells: 0, ...slices[slice] }))
        .sort((a, b) => a.shard - b.shard);
      return {
        cells: sizes.reduce((sum, { cells }) => sum + cells, 0),
        async *parts() {
          for (const { shard, parts } of sizes) {
            for (let part = 0; part < parts; part++) {
              const key = sumPartKey(orgId, generation, { shard, slice, part });
              const [item] = await batchGet(table, [key], options);
              if (item === undefined)
                throw new Error(`The sum of shard ${shard} lacks part ${slice}.${part}`);
              yield v.parse(SumPartSchema, item).hours;
            }
          }
        },
      };
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

    async remove(ref, slice, budget) {
      const partitions = partitionsOf(ref).filter((_, at) => at % SLICES === slice);
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
