import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import pMap from 'p-map';
import { batchInsert } from '../aws/batch-insert.ts';
import { type BulkOptions, batchGet, type Item, itemBytes, queryPage, queryPages } from '../aws/dynamodb.ts';
import { type RetryBudget, retrying } from '../aws/retry.ts';
import { INDEX } from '../deployment/names.ts';
import { dueShards, orgShards } from '../identities/shards.ts';
import { OutOfTimeError } from '../time/out-of-time.ts';
import {
  type Contact,
  type ContactCall,
  contactKey,
  contactUpdates,
  fromContactItem,
  newContactItem,
} from './contact-item.ts';
import type { ContactEntry } from './contact-schemas.ts';

/** What became of one contact of a batch; those that could not be stored in time have no outcome. */
export type UpsertOutcome =
  | { readonly kind: 'stored'; readonly created: boolean }
  | { readonly kind: 'rejected'; readonly reason: string };

/** The time that a bulk operation has, and who is told of retries. */
type Budgeted = Pick<BulkOptions, 'budget' | 'onRetry'>;

/** A page of contact ids. */
export interface IdPage {
  readonly ids: readonly string[];
  /** The id after which the next page begins; undefined on the last. */
  readonly next: string | undefined;
}

/** The contact table. */
export interface ContactStore {
  /**
   * Which of the contacts exist in the organisation.
   * @param contactIds - no id twice; groups that come to be one by one are looked up meanwhile
   * @throws OutOfTimeError
   */
  existing(
    orgId: string,
    contactIds: readonly string[] | AsyncIterable<readonly string[]>,
    options: Budgeted,
  ): Promise<ReadonlySet<string>>;

  get(orgId: string, contactId: string): Promise<Contact | undefined>;

  /**
   * The contacts of these ids that exist, in no order.
   * @throws OutOfTimeError
   */
  getMany(orgId: string, contactIds: Iterable<string>, options: Budgeted): Promise<Contact[]>;

  /**
   * Ids of an organisation's contacts, one shard's at a time, in the order of ids.
   * @param after - the id after which to begin
   * @param budget - the time for reading them. @default - ten seconds
   */
  idsOfShard(
    orgId: string,
    shard: number,
    limit: number,
    after?: string,
    budget?: RetryBudget,
  ): Promise<IdPage>;

  /**
   * Ranks of an organisation's contacts, highest first; a rank ends in its contact's id.
   * @param after - the rank after which to begin
   */
  ranks(orgId: string, limit: number, after?: string): Promise<readonly string[]>;

  /** Contacts that are due at a moment (ms since 1970), of all organisations, page by page. */
  due(now: number): AsyncGenerator<readonly { readonly orgId: string; readonly contactId: string }[]>;

  /**
   * Creates contacts or merges entries into them; safe to repeat. The import that creates a contact is kept with it, so
   * that a call which is repeated after its answer was lost knows its own.
   *
   * @param entries - by contact id
   * @returns outcomes by contact id; none for what could not be stored in time
   */
  upsert(
    orgId: string,
    entries: ReadonlyMap<string, ContactEntry>,
    call: ContactCall,
    options: Budgeted,
  ): Promise<ReadonlyMap<string, UpsertOutcome>>;
}

/** Updates of single items under way at once. */
const UPDATE_CONCURRENCY = 32;

/** What imports may make of a contact; the rest of DynamoDB's 400 KB is for scores and segments. */
const MAX_CONTACT_BYTES = 128 * 1024;

const TOO_LARGE: UpsertOutcome = { kind: 'rejected', reason: 'Contact is too large to store' };

const idOf = ({ pk }: Item): string => pk?.S?.slice(pk.S.indexOf('#') + 1) ?? '';

/** About what the contact's imported part will count once the entry is merged into it. */
const mergedBytes = ({ attributes }: Contact, entry: ContactEntry): number => {
  const merged = new Map([...attributes, ...(entry.attributes ?? [])]);
  return itemBytes(Object.fromEntries([...merged].map(([name, json]) => [name, { S: json }])));
};

async function* keysOf(orgId: string, groups: AsyncIterable<readonly string[]>) {
  for await (const ids of groups) yield ids.map((id) => contactKey(orgId, id));
}

export const createContactStore = (client: DynamoDBClient, table: string): ContactStore => {
  const read = async (orgId: string, contactIds: Iterable<string>, options: Budgeted) => {
    const keys = [...contactIds].map((contactId) => contactKey(orgId, contactId));
    const items = await batchGet(table, keys, { client, ...options, consistent: true });
    return items.map(fromContactItem);
  };

  const update = async (
    orgId: string,
    contact: Contact,
    entry: ContactEntry,
    { now }: ContactCall,
    { budget, onRetry }: Budgeted,
  ): Promise<UpsertOutcome> => {
    if (mergedBytes(contact, entry) > MAX_CONTACT_BYTES) return TOO_LARGE;
    const Key = contactKey(orgId, contact.contactId);
    for (const change of contactUpdates(contact, entry, now)) {
      const command = new UpdateItemCommand({ TableName: table, Key, ...change });
      await retrying((abortSignal) => client.send(command, { abortSignal }), budget, onRetry);
    }
    return { kind: 'stored', created: false };
  };

  return {
    async existing(orgId, contactIds, options) {
      const keys =
        Symbol.asyncIterator in contactIds
          ? keysOf(orgId, contactIds)
          : contactIds.map((contactId) => contactKey(orgId, contactId));
      const items = await batchGet(table, keys, {
        client,
        ...options,
        // Contacts are imported just before their events: an eventually consistent read may not know them yet.
        consistent: true,
        projection: { ProjectionExpression: 'pk' },
      });
      return new Set(items.map(idOf));
    },

    async get(orgId, contactId) {
      const Key = contactKey(orgId, contactId);
      const command = new GetItemCommand({ TableName: table, Key, ConsistentRead: true });
      const { Item } = await client.send(command);
      return Item && fromContactItem(Item);
    },

    getMany: read,

    async idsOfShard(orgId, shard, limit, after, budget) {
      const orgShard = orgShards(orgId)[shard] as string;
      const input = {
        TableName: table,
        IndexName: INDEX.contactsByOrg,
        KeyConditionExpression: 'orgShard = :shard',
        ExpressionAttributeValues: { ':shard': { S: orgShard } },
        Limit: limit,
        ...(after !== undefined && {
          ExclusiveStartKey: { ...contactKey(orgId, after), orgShard: { S: orgShard } },
        }),
      };
      const { Items = [], LastEvaluatedKey } = await queryPage(client, input, budget);
      return { ids: Items.map(idOf), next: LastEvaluatedKey && idOf(LastEvaluatedKey) };
    },

    async ranks(orgId, limit, after) {
      const ofShard = async (shard: string): Promise<string[]> => {
        const { Items = [] } = await queryPage(client, {
          TableName: table,
          IndexName: INDEX.contactsByRank,
          KeyConditionExpression: `orgShard = :shard${after === undefined ? '' : ' AND #rank < :after'}`,
          ...(after !== undefined && { ExpressionAttributeNames: { '#rank': 'rank' } }),
          ExpressionAttributeValues: {
            ':shard': { S: shard },
            ...(after !== undefined && { ':after': { S: after } }),
          },
          ScanIndexForward: false,
          Limit: limit,
        });
        return Items.map((item) => item['rank']?.S ?? '');
      };
      // Each shard may have all of the highest: as many are read of each, and the best of them all are the page.
      const shards = await Promise.all(orgShards(orgId).map(ofShard));
      return shards
        .flat()
        .sort((a, b) => (a < b ? 1 : -1))
        .slice(0, limit);
    },

    async *due(now) {
      for (const shard of dueShards()) {
        const pages = queryPages(client, {
          TableName: table,
          IndexName: INDEX.contactsByDue,
          KeyConditionExpression: 'dueShard = :shard AND dueAt <= :now',
          ExpressionAttributeValues: { ':shard': { S: shard }, ':now': { N: String(now) } },
        });
        for await (const page of pages) {
          yield page.map((item) => ({ orgId: item['pk']?.S?.split('#')[0] ?? '', contactId: idOf(item) }));
        }
      }
    },

    async upsert(orgId, entries, call, options) {
      const outcomes = new Map<string, UpsertOutcome>();
      try {
        const known = await read(orgId, entries.keys(), options);
        const knownIds = new Set(known.map(({ contactId }) => contactId));
        const items = [];
        for (const [contactId, entry] of entries) {
          if (knownIds.has(contactId)) continue;
          const item = newContactItem(orgId, contactId, entry, call);
          if (itemBytes(item) > MAX_CONTACT_BYTES) outcomes.set(contactId, TOO_LARGE);
          else items.push(item);
        }
        const { inserted, existed } = await batchInsert(table, items, { client, ...options });
        for (const item of inserted) outcomes.set(idOf(item), { kind: 'stored', created: true });

        // Somebody was faster, or it was this call and its answer was lost on the way.
        for (const contact of await read(orgId, existed.map(idOf), options)) {
          if (contact.createdBy === call.importId) {
            outcomes.set(contact.contactId, { kind: 'stored', created: true });
          } else known.push(contact);
        }
        await pMap(
          known,
          async (contact) => {
            const entry = entries.get(contact.contactId) as ContactEntry;
            outcomes.set(contact.contactId, await update(orgId, contact, entry, call, options));
          },
          { concurrency: UPDATE_CONCURRENCY },
        );
      } catch (error) {
        // What has no outcome by now was not stored in time.
        if (!(error instanceof OutOfTimeError)) throw error;
      }
      return outcomes;
    },
  };
};
