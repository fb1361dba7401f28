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
import { fromGenerationsItem, generationsKey, unchanged } from './generations-item.ts';
import { BASE, type Increment, rollupPartition, SLOTS } from './rollup.ts';
import type { Reading, RollupRow } from './series.ts';
import { RECORD_ID_BYTES } from './stream-record.ts';

/**
 * The records of one organisation, second and slot that are counted. Kept by the second in which a record was made, since a
 * batch that comes again may be cut otherwise and names no shard. At 8 bytes each a mark has room for 50,000 records:
 * 200,000 events of one organisation in one second, five times what an account's table takes unless that is raised.
 */
export interface Mark {
  /** Goes up with every change; 0 where there is none yet. */
  readonly version: number;
  readonly ids: ReadonlySet<string>;
}

const NO_MARK: Mark = { version: 0, ids: new Set() };

/** The stream keeps a record for 24 hours; its mark stays a little longer. */
const MARK_KEPT_SECONDS = 26 * 3600;

/** What counting has to know first. */
export interface CountState {
  readonly generations: Generations;
  /** By second; there is one for each that was asked for. */
  readonly marks: ReadonlyMap<number, Mark>;
}

/** What is written together, or not at all. */
export interface Commit {
  readonly orgId: string;
  readonly slot: number;
  /** As they were read: where they have changed since, nothing is written. */
  readonly generations: Generations;
  /** Marks as they were read, and the records to add to each, by second. */
  readonly marks: ReadonlyMap<number, { readonly read: Mark; readonly add: readonly string[] }>;
  readonly increments: readonly Increment[];
}

/** The rollup table, to count in and to read. */
export interface RollupStore {
  /** Everybody's latest writes are in it. */
  countState(
    orgId: string,
    slot: number,
    seconds: ReadonlySet<number>,
    budget: RetryBudget,
  ): Promise<CountState>;
  /** @returns `conflict` where somebody else was at work: nothing is written, and what was read is out of date */
  commit(commit: Commit): Promise<'committed' | 'conflict'>;
  generations(orgId: string): Promise<Generations>;
  /** The rollups of a generation that a reading asks for, of all slots. */
  rows(orgId: string, generation: number, kind: Kind, reading: Reading): Promise<RollupRow[]>;
}

const markKey = (orgId: string, second: number, slot: number): Item => ({
  pk: { S: `mark#${orgId}#${second}#${slot}` },
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

/** Sets the whole mark: DynamoDB has no way to append to bytes, and a set of them costs as much. */
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

/** Reasons of a cancelled transaction that say "not now". Source: API reference, TransactWriteItems. */
const NOT_NOW: ReadonlySet<string> = new Set([
  'ConditionalCheckFailed',
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);

/** Whether a transaction was refused for what others did, rather than for what it is. */
const isConflict = (error: unknown): boolean =>
  error instanceof TransactionInProgressException ||
  (error instanceof TransactionCanceledException &&
    (error.CancellationReasons ?? []).some(({ Code }) => NOT_NOW.has(Code ?? '')));

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
  async countState(orgId, slot, seconds, budget) {
    const keys = [generationsKey(orgId, slot), ...[...seconds].map((second) => markKey(orgId, second, slot))];
    const items = await batchGet(table, keys, { client, budget, consistent: true });
    const byKey = new Map(items.map((item) => [item['pk']?.S, item]));
    const find = ({ pk }: Item) => byKey.get(pk?.S);
    const marks = [...seconds].map((second): [number, Mark] => {
      const item = find(markKey(orgId, second, slot));
      return [second, item === undefined ? NO_MARK : markOf(item)];
    });
    const generations = fromGenerationsItem(find(generationsKey(orgId, slot)));
    return { generations, marks: new Map(marks) };
  },

  async commit({ orgId, slot, generations, marks, increments }) {
    const TransactItems: TransactWriteItem[] = [
      {
        ConditionCheck: { TableName: table, Key: generationsKey(orgId, slot), ...unchanged(generations) },
      },
      ...[...marks].map(([second, mark]) =>
        advance(table, markKey(orgId, second, slot), second, mark.read, mark.add),
      ),
      ...increments.map((increment) => add(table, increment)),
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
    const Key = generationsKey(orgId, 0);
    const { Item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
    return fromGenerationsItem(Item);
  },

  async rows(orgId, generation, kind, reading) {
    const { unit, firstPeriod, lastPeriod } = reading;
    const slots: (number | typeof BASE)[] = Array.from({ length: SLOTS }, (_, slot) => slot);
    if (generation > 0) slots.push(BASE);
    const ofSlot = async (slot: number | typeof BASE): Promise<RollupRow[]> => {
      const rows: RollupRow[] = [];
      const pages = queryPages(client, {
        TableName: table,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
        ExpressionAttributeValues: {
          ':pk': { S: rollupPartition(orgId, generation, kind, unit, slot) },
          ':first': { S: `${firstPeriod}#` },
          // Above every type: those are lower-case letters, digits and underscores.
          ':last': { S: `${lastPeriod}#~` },
        },
      });
      for await (const page of pages) rows.push(...page.map((item) => rowOf(reading, item)));
      return rows;
    };
    return (await Promise.all(slots.map((slot) => ofSlot(slot)))).flat();
  },
});
