import {
  type DynamoDBClient,
  GetItemCommand,
  TransactionCanceledException,
  TransactionInProgressException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { batchGet, type Item, queryPages } from '../aws/dynamodb.ts';
import type { RetryBudget } from '../aws/retry.ts';
import type { Kind } from '../events/kinds.ts';
import type { Generations } from './generations.ts';
import { fromGenerationsItem, generationsKey, LEADER, unchanged } from './generations-item.ts';
import { type Note, toNoteItem } from './rebuild-item.ts';
import { BASE, type Increment, ROLLUP_SHARDS, type RollupShard, rollupPartition } from './rollup.ts';
import type { Reading, RollupRow } from './series.ts';
import { RECORD_ID_BYTES } from './stream-record.ts';

/**
 * The records of one organisation, second and shard that are counted. Kept by the second in which a record was made, since a
 * batch that is retried may be cut differently and does not name its shard of the stream. At 8 bytes each a mark has room for 50,000
 * records: 200,000 events of one organisation in one second, five times what an account's table takes unless that is raised.
 */
export interface Mark {
  /** Goes up with every change; 0 where there is none yet. */
  readonly version: number;
  readonly ids: ReadonlySet<string>;
}

const NO_MARK: Mark = { version: 0, ids: new Set() };

/** The stream keeps a record for 24 hours; its mark stays a little longer. */
const MARK_KEPT_SECONDS = 26 * 3600;

/** What counting needs to know first. */
export interface CountState {
  readonly generations: Generations;
  /** By second; there is one for each that was asked for. */
  readonly marks: ReadonlyMap<number, Mark>;
}

/** What is written together, or not at all. */
export interface Commit {
  readonly orgId: string;
  readonly shard: number;
  /** As they were read: where they have changed since, nothing is written. */
  readonly generations: Generations;
  /** Marks as they were read, and the records to add to each, by second. */
  readonly marks: ReadonlyMap<number, { readonly read: Mark; readonly add: readonly string[] }>;
  readonly increments: readonly Increment[];
  /** What a rebuild is told of the events. */
  readonly notes: readonly Note[];
}

/** The rollup table, to count in and to read. */
export interface RollupStore {
  /** Strongly consistent. */
  countState(
    orgId: string,
    shard: number,
    seconds: ReadonlySet<number>,
    budget: RetryBudget,
  ): Promise<CountState>;
  /** @returns `conflict` where another commit or change came first: nothing is written, and what was read is out of date */
  commit(commit: Commit): Promise<'committed' | 'conflict'>;
  generations(orgId: string): Promise<Generations>;
  /** The rollups of a generation that a reading asks for, of all shards. */
  rows(orgId: string, generation: number, kind: Kind, reading: Reading): Promise<RollupRow[]>;
}

const markKey = (orgId: string, second: number, shard: number): Item => ({
  pk: { S: `mark#${orgId}#${second}#${shard}` },
  sk: { S: 'mark' },
});

const markOf = (item: Item): Mark => {
  const bytes = Buffer.from(item['ids']?.B ?? []);
  const ids = new Set<string>();
  for (let at = 0; at < bytes.length; at += RECORD_ID_BYTES) {
    ids.add(bytes.toString('hex', at, at + RECORD_ID_BYTES));
  }
  return { version: Number(item['version']?.N), ids };
};

/** Sets the whole mark: DynamoDB cannot append to bytes, and a set of them costs as much. */
const advance = (
  TableName: string,
  Key: Item,
  second: number,
  { version, ids }: Mark,
  add: readonly string[],
): TransactWriteItem => ({
  Update: {
    TableName,
    Key,
    UpdateExpression: 'SET #ids = :ids, #version = :next, #expires = :expires',
    ConditionExpression: version === 0 ? 'attribute_not_exists(#version)' : '#version = :read',
    ExpressionAttributeNames: { '#ids': 'ids', '#version': 'version', '#expires': 'expiresAt' },
    ExpressionAttributeValues: {
      ':ids': { B: Buffer.from([...ids, ...add].join(''), 'hex') },
      ':next': { N: String(version + 1) },
      ':expires': { N: String(second + MARK_KEPT_SECONDS) },
      ...(version > 0 && { ':read': { N: String(version) } }),
    },
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

/** Reasons of a cancelled transaction that are transient. Source: API reference, TransactWriteItems. */
const TRANSIENT_REASONS: ReadonlySet<string> = new Set([
  'ConditionalCheckFailed',
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);

/** Whether a transaction was refused because of others, and may succeed another time. */
const isConflict = (error: unknown): boolean =>
  error instanceof TransactionInProgressException ||
  (error instanceof TransactionCanceledException &&
    (error.CancellationReasons ?? []).some(({ Code }) => TRANSIENT_REASONS.has(Code ?? '')));

const rowOf = ({ unit }: Reading, { sk, pk, ...fields }: Item): RollupRow => {
  const name = sk?.S ?? '';
  const end = name.indexOf('#');
  return {
    unit,
    period: name.slice(0, end),
    type: name.slice(end + 1),
    counts: new Map(Object.entries(fields).map(([field, { N }]) => [field, Number(N)])),
  };
};

export const createRollupStore = (client: DynamoDBClient, table: string): RollupStore => ({
  async countState(orgId, shard, seconds, budget) {
    const marked = [...seconds].map((second) => markKey(orgId, second, shard));
    const keys = [generationsKey(orgId, shard), ...marked];
    const items = await batchGet(table, keys, { client, budget, consistent: true });
    const byKey = new Map(items.map((item) => [item['pk']?.S, item]));
    const find = ({ pk }: Item) => byKey.get(pk?.S);
    const marks = [...seconds].map((second): [number, Mark] => {
      const item = find(markKey(orgId, second, shard));
      return [second, item === undefined ? NO_MARK : markOf(item)];
    });
    const generations = fromGenerationsItem(find(generationsKey(orgId, shard)));
    return { generations, marks: new Map(marks) };
  },

  async commit({ orgId, shard, generations, marks, increments, notes }) {
    const TransactItems: TransactWriteItem[] = [
      {
        ConditionCheck: { TableName: table, Key: generationsKey(orgId, shard), ...unchanged(generations) },
      },
      ...[...marks].map(([second, mark]) =>
        advance(table, markKey(orgId, second, shard), second, mark.read, mark.add),
      ),
      ...increments.map((increment) => add(table, increment)),
      ...notes.map((note) => ({ Put: { TableName: table, Item: toNoteItem(orgId, note) } })),
    ];
    try {
      await client.send(new TransactWriteItemsCommand({ TransactItems }));
      return 'committed';
    } catch (error) {
      if (isConflict(error)) return 'conflict';
      throw error;
    }
  },

  async generations(orgId) {
    const Key = generationsKey(orgId, LEADER);
    const { Item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
    return fromGenerationsItem(Item);
  },

  async rows(orgId, generation, kind, reading) {
    const { unit, firstPeriod, lastPeriod } = reading;
    const shards: RollupShard[] = Array.from({ length: ROLLUP_SHARDS }, (_, shard) => shard);
    if (generation > 0) shards.push(BASE);
    const ofShard = async (shard: RollupShard): Promise<RollupRow[]> => {
      const rows: RollupRow[] = [];
      const pages = queryPages(client, {
        TableName: table,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
        ExpressionAttributeValues: {
          ':pk': { S: rollupPartition(orgId, generation, kind, unit, shard) },
          ':first': { S: `${firstPeriod}#` },
          // Above every type: those are lower-case letters, digits and underscores.
          ':last': { S: `${lastPeriod}#~` },
        },
      });
      for await (const page of pages) rows.push(...page.map((item) => rowOf(reading, item)));
      return rows;
    };
    return (await Promise.all(shards.map((shard) => ofShard(shard)))).flat();
  },
});
