import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { batchInsert } from '../aws/batch-insert.ts';
import { type Budgeted, batchGet, type Item, itemBytes } from '../aws/dynamodb.ts';
import { updateItem } from '../aws/writes.ts';
import {
  type Contact,
  type ContactImport,
  contactKey,
  contactUpdates,
  fromContactItem,
  newContactItem,
} from './contact-item.ts';
import type { ContactEntry } from './contact-schemas.ts';

/** The outcome of inserting contacts, as their ids. Contacts in no list could not be stored in time. */
export interface InsertedContacts {
  readonly inserted: readonly string[];
  /** Contacts that were stored already; they are unchanged. */
  readonly existed: readonly string[];
  readonly tooLarge: readonly string[];
}

/** The contact table: who contacts are. */
export interface ContactStore {
  /** Reads a contact. Strongly consistent. */
  get(orgId: string, contactId: string): Promise<Contact | undefined>;

  /**
   * Reads the contacts with these ids, in no order; those that are not stored are omitted. Strongly consistent.
   * @throws OutOfTimeError
   */
  getMany(orgId: string, contactIds: Iterable<string>, options: Budgeted): Promise<Contact[]>;

  /**
   * Stores contacts that are not stored yet. A contact's item names the import that creates it, so that a call which is
   * repeated after its response was lost recognizes the contacts that it created.
   *
   * @param entries - by contact id
   */
  insert(
    orgId: string,
    entries: ReadonlyMap<string, ContactEntry>,
    call: ContactImport,
    options: Budgeted,
  ): Promise<InsertedContacts>;

  /**
   * Merges an entry into a contact; safe to repeat.
   * @param contact - the contact as it is stored
   * @throws OutOfTimeError
   */
  merge(
    orgId: string,
    contact: Contact,
    entry: ContactEntry,
    call: ContactImport,
    options: Budgeted,
  ): Promise<'merged' | 'too-large'>;
}

/** The maximum size of a contact: far below DynamoDB's 400 KB, since refreshes and lists read many contacts at once. */
const MAX_CONTACT_BYTES = 128 * 1024;

const idOf = ({ pk }: Item): string => pk?.S?.slice(pk.S.indexOf('#') + 1) ?? '';

/** The approximate size of a contact after an entry is merged into it. */
const mergedBytes = ({ attributes }: Contact, entry: ContactEntry): number => {
  const merged = new Map([...attributes, ...(entry.attributes ?? [])]);
  return itemBytes(Object.fromEntries([...merged].map(([name, json]) => [name, { S: json }])));
};

/** Creates the store of the contact table. */
export const createContactStore = (client: DynamoDBClient, table: string): ContactStore => ({
  async get(orgId, contactId) {
    const Key = contactKey(orgId, contactId);
    const command = new GetItemCommand({ TableName: table, Key, ConsistentRead: true });
    const { Item } = await client.send(command);
    return Item && fromContactItem(Item);
  },

  async getMany(orgId, contactIds, options) {
    const keys = [...contactIds].map((contactId) => contactKey(orgId, contactId));
    const items = await batchGet(table, keys, { client, ...options, consistent: true });
    return items.map(fromContactItem);
  },

  async insert(orgId, entries, call, options) {
    const items: Item[] = [];
    const tooLarge: string[] = [];
    for (const [contactId, entry] of entries) {
      const item = newContactItem(orgId, contactId, entry, call);
      if (itemBytes(item) > MAX_CONTACT_BYTES) tooLarge.push(contactId);
      else items.push(item);
    }
    const { inserted, existed } = await batchInsert(table, items, { client, ...options });
    return { inserted: inserted.map(idOf), existed: existed.map(idOf), tooLarge };
  },

  async merge(orgId, contact, entry, { now }, { budget, onRetry }) {
    if (mergedBytes(contact, entry) > MAX_CONTACT_BYTES) return 'too-large';
    const Key = contactKey(orgId, contact.contactId);
    for (const change of contactUpdates(contact, entry, now)) {
      await updateItem(client, { TableName: table, Key, ...change }, budget, onRetry);
    }
    return 'merged';
  },
});
