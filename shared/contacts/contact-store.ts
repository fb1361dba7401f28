import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { type BulkOptions, batchGet, batchInsert, itemBytes, MAX_ITEM_BYTES } from '../aws/dynamodb.ts';
import { OutOfTimeError, retrying } from '../aws/retry.ts';
import { forEachBounded } from '../runtime/bounded.ts';
import {
  type Contact,
  type ContactCall,
  contactChange,
  contactKey,
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

/** The contact table. */
export interface ContactStore {
  /**
   * Which of the contacts exist in the organisation.
   * @throws OutOfTimeError
   */
  existing(orgId: string, contactIds: Iterable<string>, options: Budgeted): Promise<ReadonlySet<string>>;

  get(orgId: string, contactId: string): Promise<Contact | undefined>;

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

const TOO_LARGE: UpsertOutcome = { kind: 'rejected', reason: 'Contact is too large to store' };

/** DynamoDB has no error of its own for an update that would pass 400 KB. */
const isItemTooLarge = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ValidationException' && /item size/i.test(error.message);

const idOf = ({ pk }: { readonly pk?: { readonly S?: string | undefined } }): string =>
  pk?.S?.slice(pk.S.indexOf('#') + 1) ?? '';

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
    { budget }: Budgeted,
  ): Promise<UpsertOutcome> => {
    const change = contactChange(contact, entry, now);
    if (change === undefined) return { kind: 'stored', created: false };
    const Key = contactKey(orgId, contact.contactId);
    const command = new UpdateItemCommand({ TableName: table, Key, ...change });
    try {
      await retrying((abortSignal) => client.send(command, { abortSignal }), budget);
      return { kind: 'stored', created: false };
    } catch (error) {
      if (isItemTooLarge(error)) return TOO_LARGE;
      throw error;
    }
  };

  return {
    async existing(orgId, contactIds, options) {
      const keys = [...contactIds].map((contactId) => contactKey(orgId, contactId));
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

    async upsert(orgId, entries, call, options) {
      const outcomes = new Map<string, UpsertOutcome>();
      try {
        const known = await read(orgId, entries.keys(), options);
        const knownIds = new Set(known.map(({ contactId }) => contactId));
        const items = [];
        for (const [contactId, entry] of entries) {
          if (knownIds.has(contactId)) continue;
          const item = newContactItem(orgId, contactId, entry, call);
          if (itemBytes(item) > MAX_ITEM_BYTES) outcomes.set(contactId, TOO_LARGE);
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
        await forEachBounded(known, UPDATE_CONCURRENCY, async (contact) => {
          const entry = entries.get(contact.contactId) as ContactEntry;
          outcomes.set(contact.contactId, await update(orgId, contact, entry, call, options));
        });
      } catch (error) {
        // What has no outcome by now was not stored in time.
        if (!(error instanceof OutOfTimeError)) throw error;
      }
      return outcomes;
    },
  };
};
