import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { batchGet, type Item } from '../aws/dynamodb.ts';
import type { RetryBudget } from '../aws/retry.ts';
import { putItem, unlessRefused } from '../aws/writes.ts';
import type { Clock } from '../time/clock.ts';
import type { CountedByRebuild } from './placement.ts';
import {
  CountedHashesSchema,
  type CountedPart,
  countedKey,
  eventHash,
  partKey,
  rebuildExpiry,
  toPartItem,
  unpackHashes,
} from './rebuild-item.ts';

/** A contact in a generation that a rebuild builds. */
export interface RebuildContact {
  readonly orgId: string;
  readonly generation: number;
  readonly contactId: string;
}

/** The store of the events that rebuilds have counted, by contact. */
export interface CountedStore {
  /**
   * Stores a part of an attempt, which is invalid until the attempt is finished.
   * @param part - the number of the part, from 1
   */
  putPart(
    contact: RebuildContact,
    attempt: string,
    part: number,
    counted: CountedPart,
    budget: RetryBudget,
  ): Promise<void>;
  /**
   * Finishes an attempt, unless another attempt is finished: the first one is valid.
   * @param parts - the number of parts stored before
   * @param last - the last part
   */
  finish(
    contact: RebuildContact,
    attempt: string,
    parts: number,
    last: CountedPart,
    budget: RetryBudget,
  ): Promise<void>;
  /** Returns whether an attempt is finished; strongly consistent. */
  isFinished(contact: RebuildContact, budget: RetryBudget): Promise<boolean>;
  /**
   * Reads the events counted by finished attempts, by contact id; strongly consistent.
   * @throws Error if a part is missing
   */
  counted(
    orgId: string,
    generation: number,
    contactIds: Iterable<string>,
    budget: RetryBudget,
  ): Promise<ReadonlyMap<string, CountedByRebuild>>;
}

const contactIdOf = (item: Item): string => (item['sk']?.S ?? '').split('#')[0] ?? '';

/** Without the counts, which a look-up does not need. */
const HASHES = { ProjectionExpression: 'sk, hashes, attempt, parts' };

/** Creates the {@link CountedStore} of a rollup table. */
export const createCountedStore = (client: DynamoDBClient, table: string, now: Clock): CountedStore => {
  const put = async (item: Item, budget: RetryBudget, isFirst: boolean): Promise<void> => {
    const input = {
      TableName: table,
      Item: { ...item, ...rebuildExpiry(now()) },
      ...(isFirst && { ConditionExpression: 'attribute_not_exists(pk)' }),
    };
    await unlessRefused(() => putItem(client, input, budget));
  };

  return {
    putPart: ({ orgId, generation, contactId }, attempt, part, counted, budget) =>
      put({ ...partKey(orgId, generation, contactId, attempt, part), ...toPartItem(counted) }, budget, false),

    finish: ({ orgId, generation, contactId }, attempt, parts, last, budget) =>
      put(
        {
          ...countedKey(orgId, generation, contactId),
          ...toPartItem(last),
          attempt: { S: attempt },
          parts: { N: String(parts) },
        },
        budget,
        true,
      ),

    async isFinished({ orgId, generation, contactId }, budget) {
      const keys = [countedKey(orgId, generation, contactId)];
      const projection = { ProjectionExpression: 'sk' };
      return (await batchGet(table, keys, { client, budget, projection, consistent: true })).length > 0;
    },

    async counted(orgId, generation, contactIds, budget) {
      const keys = [...contactIds].map((contactId) => countedKey(orgId, generation, contactId));
      const options = { client, budget, consistent: true, projection: HASHES };
      const counted = new Map<string, CountedByRebuild>();
      for (const item of await batchGet(table, keys, options)) {
        const contactId = contactIdOf(item);
        const { hashes, attempt, parts } = v.parse(CountedHashesSchema, item);
        const partKeys = Array.from({ length: parts }, (_, at) =>
          partKey(orgId, generation, contactId, attempt, at + 1),
        );
        const found = parts === 0 ? [] : await batchGet(table, partKeys, options);
        if (found.length < parts) throw new Error(`${contactId} lacks ${parts - found.length} parts`);
        const known = new Set(unpackHashes(hashes));
        for (const part of found) {
          for (const hash of unpackHashes(part['hashes']?.B ?? new Uint8Array())) known.add(hash);
        }
        counted.set(contactId, (sk) => known.has(eventHash(sk)));
      }
      return counted;
    },
  };
};
