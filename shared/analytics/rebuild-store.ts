import { hash, randomUUID } from 'node:crypto';
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  type PutItemCommandInput,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { batchDelete, batchGet, batchPut, type Item, queryPages } from '../aws/dynamodb.ts';
import { type RetryBudget, retrying } from '../aws/retry.ts';
import { KINDS } from '../events/kinds.ts';
import { ORG_SHARDS, shardOfContact } from '../identities/shards.ts';
import type { Clock } from '../time/clock.ts';
import { OutOfTimeError } from '../time/out-of-time.ts';
import type { ContactReading, Generations } from './generations.ts';
import {
  fromGenerationsItem,
  generationsKey,
  LEADER,
  older,
  toGenerationsItem,
  unchanged,
} from './generations-item.ts';
import { BASE, type Increment, rollupPartition, SLOTS, UNITS } from './rollup.ts';

/**
 * What a rebuild leaves for those who count meanwhile, in the rollup table.
 *
 * | pk | sk | what |
 * | --- | --- | --- |
 * | `rebuild#{orgId}#{generation}#{shard}` | `{contactId}` | `reading`, or `done` with the events that were counted |
 * | | `{contactId}#{part}` | more of these events, where they are many |
 * | `wanted#{orgId}#{generation}` | `{contactId}` | a contact with new events, of which the rebuild may not know |
 * | `lease#{orgId}#{generation}` | `lease` | until when somebody is at work on the rebuild |
 *
 * They go after a week: the events of a generation are looked up until the stream has delivered all records that were
 * made before it was switched to, a day later; see also MAX_REBUILD_MS in rebuild.ts.
 */
const KEPT_MS = 7 * 24 * 3_600_000;

/** Events are kept as 64 bits of SHA-256 of their sort keys: of a contact's million two meet with a chance of 3·10^-8. */
const HASH_BYTES = 8;

/** Between tries to change an item that is in use. */
const MAX_PAUSE_MS = 50;

/** Of one item: 256 KB, well below DynamoDB's 400. */
const HASHES_PER_ITEM = 32_768;

/** A rebuild's traces, and the state of an organisation's generations. */
export interface RebuildStore {
  /** Everybody's latest write is in it. */
  generations(orgId: string, budget: RetryBudget): Promise<Generations>;
  /**
   * Changes the generations in the leading slot, and then in the others. Should it break off between them, the slots
   * differ, which harms no count, and the next change brings them together.
   *
   * @returns false where somebody has changed them since they were read; the others have what is newest then
   */
  change(orgId: string, read: Generations, to: Generations, budget: RetryBudget): Promise<boolean>;
  /** @param until - ms since 1970 */
  lease(orgId: string, generation: number, until: number, budget: RetryBudget): Promise<void>;
  /** Until when somebody is at work, ms since 1970; 0 where nobody is. */
  leasedUntil(orgId: string, generation: number, budget: RetryBudget): Promise<number>;

  /** Tells the rebuild of contacts. */
  want(orgId: string, generation: number, contactIds: Iterable<string>, budget: RetryBudget): Promise<void>;
  /** The contacts of which it was told. */
  wanted(orgId: string, generation: number): Promise<string[]>;

  /** Says that a contact's events are about to be read. */
  begin(orgId: string, generation: number, contactId: string, budget: RetryBudget): Promise<void>;
  /** @param sks - the sort keys of the events that were read, and are counted */
  finish(
    orgId: string,
    generation: number,
    contactId: string,
    sks: readonly string[],
    budget: RetryBudget,
  ): Promise<void>;
  /** What was done of contacts, by id; everybody's latest write is in it. */
  readings(
    orgId: string,
    generation: number,
    contactIds: Iterable<string>,
    budget: RetryBudget,
  ): Promise<ReadonlyMap<string, ContactReading>>;

  /** Stores counts as they are, whatever was there before. */
  put(increments: readonly Increment[], budget: RetryBudget): Promise<void>;
  /** Takes away a generation that is not read any more, and what its rebuild has left. */
  remove(orgId: string, generation: number, budget: RetryBudget): Promise<void>;
}

const HeadSchema = v.object({
  sk: v.object({ S: v.string() }),
  state: v.object({ S: v.picklist(['reading', 'done']) }),
  parts: v.optional(v.object({ N: v.string() }), { N: '1' }),
});

const hashOf = (sk: string): string => hash('sha256', sk, 'buffer').toString('hex', 0, HASH_BYTES);

/** Hashes that stand one after the other in some items. */
const unpack = (items: readonly Item[]): ReadonlySet<string> => {
  const hashes = new Set<string>();
  for (const item of items) {
    const bytes = Buffer.from(item['events']?.B ?? []);
    for (let at = 0; at < bytes.length; at += HASH_BYTES) {
      hashes.add(bytes.toString('hex', at, at + HASH_BYTES));
    }
  }
  return hashes;
};

export const createRebuildStore = (client: DynamoDBClient, table: string, now: Clock): RebuildStore => {
  const wantedPartition = (orgId: string, generation: number) => `wanted#${orgId}#${generation}`;
  const contactPartition = (orgId: string, generation: number, shard: number) =>
    `rebuild#${orgId}#${generation}#${shard}`;
  const contactItemKey = (orgId: string, generation: number, contactId: string, part = 0): Item => ({
    pk: { S: contactPartition(orgId, generation, shardOfContact(contactId)) },
    sk: { S: part === 0 ? contactId : `${contactId}#${part}` },
  });
  const leaseKey = (orgId: string, generation: number): Item => ({
    pk: { S: `lease#${orgId}#${generation}` },
    sk: { S: 'lease' },
  });
  const expiresAt = () => ({ N: String(Math.floor((now() + KEPT_MS) / 1_000)) });

  const put = async (item: Item, budget: RetryBudget): Promise<void> => {
    const command = new PutItemCommand({ TableName: table, Item: { ...item, expiresAt: expiresAt() } });
    await retrying((abortSignal) => client.send(command, { abortSignal }), budget);
  };
  /** Puts an item where a condition holds; that it does not is no error. */
  const putIf = async (
    item: Item,
    condition: Pick<PutItemCommandInput, 'ConditionExpression' | 'ExpressionAttributeValues'>,
    budget: RetryBudget,
  ): Promise<void> => {
    const command = new PutItemCommand({ TableName: table, Item: item, ...condition });
    // Those who count look at these items all the time: it takes many tries in short turn, not a long pause.
    const sleep = (ms: number) => budget.sleep(Math.min(ms, MAX_PAUSE_MS));
    await retrying(
      async (abortSignal) => {
        try {
          await client.send(command, { abortSignal });
        } catch (error) {
          if (error instanceof ConditionalCheckFailedException) return;
          if (error instanceof TransactionConflictException) throw new Error('In use', { cause: error });
          throw error;
        }
      },
      { ...budget, sleep },
    );
  };
  const read = async (key: Item, budget: RetryBudget): Promise<Item | undefined> =>
    (await batchGet(table, [key], { client, budget, consistent: true }))[0];
  const putAll = async (items: readonly Item[], budget: RetryBudget): Promise<void> => {
    const left = await batchPut(table, items, { client, budget });
    if (left.length > 0) throw new OutOfTimeError(`${left.length} items could not be stored in time`);
  };
  const keysOf = async (pk: string): Promise<Item[]> => {
    const keys: Item[] = [];
    const pages = queryPages(client, {
      TableName: table,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: pk } },
      ProjectionExpression: 'pk, sk',
      ConsistentRead: true,
    });
    for await (const page of pages) keys.push(...page);
    return keys;
  };

  return {
    generations: async (orgId, budget) =>
      fromGenerationsItem(await read(generationsKey(orgId, LEADER), budget)),

    async change(orgId, from, to, budget) {
      const changeId = randomUUID();
      const first = toGenerationsItem(orgId, LEADER, to, changeId);
      await putIf(first, unchanged(from), budget);
      const leading = await read(generationsKey(orgId, LEADER), budget);
      const newest = fromGenerationsItem(leading);
      const newestId = leading?.['changeId']?.S ?? '';
      for (let slot = LEADER + 1; slot < SLOTS; slot++) {
        await putIf(toGenerationsItem(orgId, slot, newest, newestId), older(newest), budget);
      }
      return newestId === changeId;
    },

    lease: (orgId, generation, until, budget) =>
      put({ ...leaseKey(orgId, generation), until: { N: String(until) } }, budget),

    leasedUntil: async (orgId, generation, budget) =>
      Number((await read(leaseKey(orgId, generation), budget))?.['until']?.N ?? 0),

    want: (orgId, generation, contactIds, budget) =>
      putAll(
        [...contactIds].map((contactId) => ({
          pk: { S: wantedPartition(orgId, generation) },
          sk: { S: contactId },
          expiresAt: expiresAt(),
        })),
        budget,
      ),

    wanted: async (orgId, generation) =>
      (await keysOf(wantedPartition(orgId, generation))).map(({ sk }) => sk?.S ?? ''),

    begin: (orgId, generation, contactId, budget) =>
      put({ ...contactItemKey(orgId, generation, contactId), state: { S: 'reading' } }, budget),

    async finish(orgId, generation, contactId, sks, budget) {
      const parts: Buffer[] = [];
      for (let at = 0; at < Math.max(1, sks.length); at += HASHES_PER_ITEM) {
        const part = sks.slice(at, at + HASHES_PER_ITEM);
        parts.push(Buffer.from(part.map(hashOf).join(''), 'hex'));
      }
      // The head comes last: who sees it done finds all parts.
      for (const [part, events] of [...parts.entries()].reverse()) {
        const key = contactItemKey(orgId, generation, contactId, part);
        const head = part === 0 && { state: { S: 'done' }, parts: { N: String(parts.length) } };
        await put({ ...key, events: { B: events }, ...head }, budget);
      }
    },

    async readings(orgId, generation, contactIds, budget) {
      const keys = [...contactIds].map((contactId) => contactItemKey(orgId, generation, contactId));
      const heads = await batchGet(table, keys, { client, budget, consistent: true });
      const readings = new Map<string, ContactReading>();
      for (const item of heads) {
        const { sk, state, parts } = v.parse(HeadSchema, item);
        if (state.S === 'reading') readings.set(sk.S, { kind: 'reading' });
        else {
          const more = Array.from({ length: Number(parts.N) - 1 }, (_, nth) =>
            contactItemKey(orgId, generation, sk.S, nth + 1),
          );
          const rest =
            more.length === 0 ? [] : await batchGet(table, more, { client, budget, consistent: true });
          const counted = unpack([item, ...rest]);
          readings.set(sk.S, { kind: 'done', counted: (event) => counted.has(hashOf(event)) });
        }
      }
      return readings;
    },

    put: (increments, budget) =>
      putAll(
        increments.map(({ key, counts }) => ({
          pk: { S: key.pk },
          sk: { S: key.sk },
          ...Object.fromEntries([...counts].map(([field, count]) => [field, { N: String(count) }])),
        })),
        budget,
      ),

    async remove(orgId, generation, budget) {
      const slots = [...Array.from({ length: SLOTS }, (_, slot) => slot), BASE] as const;
      const partitions = [
        ...KINDS.flatMap((kind) =>
          UNITS.flatMap((unit) => slots.map((slot) => rollupPartition(orgId, generation, kind, unit, slot))),
        ),
        ...Array.from({ length: ORG_SHARDS }, (_, shard) => contactPartition(orgId, generation, shard)),
        wantedPartition(orgId, generation),
        `lease#${orgId}#${generation}`,
      ];
      for (const pk of partitions) {
        const left = await batchDelete(table, await keysOf(pk), { client, budget });
        if (left.length > 0) throw new OutOfTimeError(`${left.length} items could not be deleted in time`);
      }
    },
  };
};
