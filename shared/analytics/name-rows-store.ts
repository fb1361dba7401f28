import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import pMap from 'p-map';
import { batchGet, type Item, queryPages } from '../aws/dynamodb.ts';
import type { RetryBudget } from '../aws/retry.ts';
import type { Kind } from '../events/kinds.ts';
import { nameDigest } from './name-rows.ts';
import { allShards, partitionsOfName, rollupKey } from './rollup.ts';
import { countsOf } from './rollup-item.ts';
import { periodsOf, type Reading, type RollupRow } from './series.ts';

/** The names to read, of one generation and kind. */
export interface NamesRef {
  readonly orgId: string;
  readonly generation: number;
  readonly kind: Kind;
  readonly names: readonly string[];
}

/** The store of the rows of single names, for reading. */
export interface NameRowsStore {
  /**
   * Reads the rows of names that a reading specifies; their `type` is the name. It reads no row of another name.
   * @throws OutOfTimeError
   */
  rows(ref: NamesRef, reading: Reading, budget: RetryBudget): Promise<RollupRow[]>;
}

/**
 * The maximum number of periods whose rows are read by their keys, a hundred in one call. An absent row costs half a unit
 * as well, so that for more periods queries cost less.
 */
const FEW_PERIODS = 4;

/** The number of concurrent queries: as many as the client has sockets. */
const QUERIES = 64;

/** Creates the {@link NameRowsStore} of a rollup table. */
export const createNameRowsStore = (client: DynamoDBClient, table: string): NameRowsStore => {
  const byKey = async (
    { orgId, generation, kind, names }: NamesRef,
    { unit }: Reading,
    periods: readonly string[],
    budget: RetryBudget,
  ): Promise<RollupRow[]> => {
    const rowOf = new Map<string, { readonly name: string; readonly period: string; readonly key: Item }>();
    for (const name of names) {
      const type = nameDigest(name);
      for (const period of periods) {
        for (const shard of allShards(generation)) {
          const { pk, sk } = rollupKey(orgId, generation, shard, { kind, unit, period, type });
          rowOf.set(`${pk}|${sk}`, { name, period, key: { pk: { S: pk }, sk: { S: sk } } });
        }
      }
    }
    const keys = [...rowOf.values()].map(({ key }) => key);
    const items = await batchGet(table, keys, { client, budget });
    return items.flatMap((item) => {
      const row = rowOf.get(`${item['pk']?.S}|${item['sk']?.S}`);
      return row === undefined ? [] : [{ unit, period: row.period, type: row.name, counts: countsOf(item) }];
    });
  };

  const byQuery = async (
    { orgId, generation, kind, names }: NamesRef,
    { unit, firstPeriod, lastPeriod }: Reading,
    budget: RetryBudget,
  ): Promise<RollupRow[]> => {
    const rows: RollupRow[] = [];
    const partitions = names.flatMap((name) => {
      const digest = nameDigest(name);
      return allShards(generation)
        .flatMap((shard) => partitionsOfName({ orgId, generation, kind, unit }, shard, digest))
        .map((partition) => ({ name, digest, partition }));
    });
    const readPartition = async ({ name, digest, partition }: (typeof partitions)[number]): Promise<void> => {
      const pages = queryPages(
        client,
        {
          TableName: table,
          KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
          ExpressionAttributeValues: {
            ':pk': { S: partition },
            ':first': { S: `${digest}#${firstPeriod}` },
            ':last': { S: `${digest}#${lastPeriod}` },
          },
        },
        budget,
      );
      for await (const page of pages) {
        for (const item of page) {
          const period = (item['sk']?.S ?? '').slice(digest.length + 1);
          rows.push({ unit, period, type: name, counts: countsOf(item) });
        }
      }
    };
    await pMap(partitions, readPartition, { concurrency: QUERIES });
    return rows;
  };

  return {
    rows(ref, reading, budget) {
      const periods = periodsOf(reading, FEW_PERIODS + 1);
      return periods.length <= FEW_PERIODS
        ? byKey(ref, reading, periods, budget)
        : byQuery(ref, reading, budget);
    },
  };
};
