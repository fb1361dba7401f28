import { type DynamoDBClient, GetItemCommand, type TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { batchGet, type Item, queryPages } from '../aws/dynamodb.ts';
import type { RetryBudget } from '../aws/retry.ts';
import { isWritten, transactWrite } from '../aws/writes.ts';
import type { Kind } from '../events/kinds.ts';
import type { Generations } from './generations.ts';
import { fromGenerationsItem, generationsKey, LEADER, unchanged } from './generations-item.ts';
import { type Note, toNoteItem } from './rebuild-item.ts';
import { BASE, type Increment, ROLLUP_SHARDS, type RollupShard, rollupPartition } from './rollup.ts';
import type { Reading, RollupRow } from './series.ts';
import { RECORD_ID_BYTES } from './stream-record.ts';

/**
 * The counted records of one organisation, second and shard. Marks are stored by the second in which a record
 * was created, since a retried batch may be split differently and does not name its shard of the stream. At 8
 * bytes each a mark holds up to 50,000 records: 200,000 events of one organisation in one second, five times
 * what a table accepts by the default quota of an account.
 */
export interface Mark {
  /** Incremented by every change; 0 if the mark does not exist yet. */
  readonly version: number;
  readonly ids: ReadonlySet<string>;
}

const NO_MARK: Mark = { version: 0, ids: new Set() };

/** How long a mark is kept: a little longer than the 24 hours for which the stream keeps a record. */
const MARK_KEPT_SECONDS = 26 * 3600;

/** The state that counting is based on. */
export interface CountState {
  readonly generations: Generations;
  /** By second, one for each that was requested. */
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
  /** Reads the state that counting is based on; strongly consistent. */
  countState(
    orgId: string,
    shard: number,
    seconds: ReadonlySet<number>,
    budget: RetryBudget,
  ): Promise<CountState>;
  /**
   * Writes a transaction. While another one holds an item of it, it waits its turn.
   * @returns `conflict` if another commit or change was first: nothing is written, and the state that was
   * read is out of date
   * @throws OutOfTimeError after 10 s, or at the budget's deadline
   */
  commit(commit: Commit, budget: RetryBudget): Promise<'committed' | 'conflict'>;
  /** Reads the generations of an organisation; strongly consistent. */
  generations(orgId: string): Promise<Generations>;
  /** Reads the rollups of a generation that a reading specifies, from all shards. */
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

/** Replaces the whole mark: DynamoDB cannot append to a binary value, and a binary set costs as much. */
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

/** Creates the {@link RollupStore} of a rollup table. */
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

  async commit({ orgId, shard, generations, marks, increments, notes }, budget) {
    const actions: TransactWriteItem[] = [
      {
        ConditionCheck: { TableName: table, Key: generationsKey(orgId, shard), ...unchanged(generations) },
      },
      ...[...marks].map(([second, mark]) =>
        advance(table, markKey(orgId, second, shard), second, mark.read, mark.add),
      ),
      ...increments.map((increment) => add(table, increment)),
      ...notes.map((note) => ({ Put: { TableName: table, Item: toNoteItem(orgId, note) } })),
    ];
    return (await isWritten(() => transactWrite(client, actions, budget))) ? 'committed' : 'conflict';
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
          // Greater than every type: types consist of lower-case letters, digits and underscores.
          ':last': { S: `${lastPeriod}#~` },
        },
      });
      for await (const page of pages) rows.push(...page.map((item) => rowOf(reading, item)));
      return rows;
    };
    return (await Promise.all(shards.map((shard) => ofShard(shard)))).flat();
  },
});
