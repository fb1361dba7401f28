import type { DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import pMap from 'p-map';
import { batchGet, CONCURRENCY, getItem, type Item, queryAll, queryPages } from '../aws/dynamodb.ts';
import type { RetryBudget } from '../aws/retry.ts';
import { isWritten, transactWrite } from '../aws/writes.ts';
import type { Kind } from '../events/kinds.ts';
import type { Generations } from './generations.ts';
import { fromGenerationsItem, generationsKey, LEADER, unchanged } from './generations-item.ts';
import { type Mark, markPartition, markRowSk, toMarkRow, withRows } from './mark.ts';
import { type Note, toNoteItem } from './rebuild-item.ts';
import { allShards, type Increment, rollupPartitions } from './rollup.ts';
import { countsOf } from './rollup-item.ts';
import type { Reading, RollupRow } from './series.ts';

/** The state that counting is based on. */
export interface CountState {
  readonly generations: Generations;
  /** By second, one for each that was known. */
  readonly marks: ReadonlyMap<number, Mark>;
}

/** The content of one transaction. */
export interface Commit {
  readonly orgId: string;
  readonly shard: number;
  /** The generations as they were read: if they have changed since, nothing is written. */
  readonly generations: Generations;
  /** The marks as they were read, and the records to add to each, by second. */
  readonly marks: ReadonlyMap<number, { readonly read: Mark; readonly add: readonly string[] }>;
  readonly increments: readonly Increment[];
  /** The notes of the events for a rebuild. */
  readonly notes: readonly Note[];
}

/** The store of rollups, for counting and for reading. */
export interface RollupStore {
  /**
   * Reads the state that counting is based on; strongly consistent.
   * @param known - what is known of the mark of each second; only the rest is read
   */
  countState(
    orgId: string,
    shard: number,
    known: ReadonlyMap<number, Mark>,
    budget: RetryBudget,
  ): Promise<CountState>;
  /**
   * Writes a transaction. While another one holds an item of it, it waits its turn.
   * @returns `conflict` if another commit or change was first: nothing is written, and the state that was
   * read is out of date
   * @throws OutOfTimeError after 10 s, or at the budget's deadline
   */
  commit(commit: Commit, budget: RetryBudget): Promise<'committed' | 'conflict'>;
  /**
   * Reads the generations of an organisation; strongly consistent.
   * @throws OutOfTimeError
   */
  generations(orgId: string, budget?: RetryBudget): Promise<Generations>;
  /**
   * Reads the rollups of a generation that a reading specifies, from all of their partitions; of a kind with names those
   * of all names together.
   * @throws OutOfTimeError
   */
  rows(
    orgId: string,
    generation: number,
    kind: Kind,
    reading: Reading,
    budget: RetryBudget,
  ): Promise<RollupRow[]>;
}

/** Adds a row to a mark; refused if another commit has added it. */
const advance = (
  TableName: string,
  partition: string,
  second: number,
  { version }: Mark,
  ids: readonly string[],
): TransactWriteItem => ({
  Put: {
    TableName,
    Item: toMarkRow(partition, { second, version: version + 1, ids }),
    ConditionExpression: 'attribute_not_exists(pk)',
  },
});

const add = (TableName: string, { key, counts }: Increment): TransactWriteItem => {
  const fields = [...counts];
  return {
    Update: {
      TableName,
      Key: { pk: { S: key.pk }, sk: { S: key.sk } },
      UpdateExpression: `ADD ${fields.map((_, nth) => `#f${nth} :c${nth}`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(fields.map(([field], nth) => [`#f${nth}`, field])),
      ExpressionAttributeValues: Object.fromEntries(
        fields.map(([, count], nth) => [`:c${nth}`, { N: String(count) }]),
      ),
    },
  };
};

const rowOf = ({ unit }: Reading, item: Item): RollupRow => {
  const sk = item['sk']?.S ?? '';
  const end = sk.indexOf('#');
  return { unit, period: sk.slice(0, end), type: sk.slice(end + 1), counts: countsOf(item) };
};

/** Creates the {@link RollupStore} of a rollup table. */
export const createRollupStore = (client: DynamoDBClient, table: string): RollupStore => ({
  async countState(orgId, shard, known, budget) {
    const readMark = async ([second, mark]: [number, Mark]): Promise<[number, Mark]> => {
      const rows = await queryAll(
        client,
        {
          TableName: table,
          KeyConditionExpression: 'pk = :pk AND sk >= :first',
          ExpressionAttributeValues: {
            ':pk': { S: markPartition(orgId, second, shard) },
            ':first': { S: markRowSk(mark.version + 1) },
          },
          ConsistentRead: true,
        },
        budget,
      );
      return [second, withRows(mark, rows)];
    };
    const [items, marks] = await Promise.all([
      batchGet(table, [generationsKey(orgId, shard)], { client, budget, consistent: true }),
      pMap(known, readMark, { concurrency: CONCURRENCY }),
    ]);
    return { generations: fromGenerationsItem(items[0]), marks: new Map(marks) };
  },

  async commit({ orgId, shard, generations, marks, increments, notes }, budget) {
    const actions: TransactWriteItem[] = [
      {
        ConditionCheck: { TableName: table, Key: generationsKey(orgId, shard), ...unchanged(generations) },
      },
      ...[...marks].map(([second, mark]) =>
        advance(table, markPartition(orgId, second, shard), second, mark.read, mark.add),
      ),
      ...increments.map((increment) => add(table, increment)),
      ...notes.map((note) => ({ Put: { TableName: table, Item: toNoteItem(orgId, note) } })),
    ];
    return (await isWritten(() => transactWrite(client, actions, budget))) ? 'committed' : 'conflict';
  },

  async generations(orgId, budget) {
    const key = { TableName: table, Key: generationsKey(orgId, LEADER) };
    return fromGenerationsItem(await getItem(client, key, budget));
  },

  async rows(orgId, generation, kind, reading, budget) {
    const { unit, firstPeriod, lastPeriod } = reading;
    const ofPartition = async (partition: string): Promise<RollupRow[]> => {
      const rows: RollupRow[] = [];
      const input = {
        TableName: table,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
        ExpressionAttributeValues: {
          ':pk': { S: partition },
          ':first': { S: `${firstPeriod}#` },
          // The character after `#`: greater than the period with any type.
          ':last': { S: `${lastPeriod}$` },
        },
      };
      const pages = queryPages(client, input, budget);
      for await (const page of pages) rows.push(...page.map((item) => rowOf(reading, item)));
      return rows;
    };
    const partitions = allShards(generation).flatMap((shard) =>
      rollupPartitions({ orgId, generation, kind, unit }, shard),
    );
    return (await Promise.all(partitions.map(ofPartition))).flat();
  },
});
