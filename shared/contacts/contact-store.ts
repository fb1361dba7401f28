import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { type Budgeted, batchGet } from '../aws/dynamodb.ts';
import { type Contact, contactKey, contactOf, stateOfItem } from './contact-item.ts';
import type { ContactState } from './contact-state.ts';

/** The contact table: who contacts are. shared/linking writes it. */
export interface ContactStore {
  /** Reads a contact by its own id. Strongly consistent. */
  get(orgId: string, contactId: string): Promise<Contact | undefined>;

  /**
   * Reads the contacts with these ids, in no order; those that are not stored are omitted. Strongly consistent.
   * @throws OutOfTimeError
   */
  getMany(orgId: string, contactIds: Iterable<string>, options: Budgeted): Promise<Contact[]>;

  /** Like {@link getMany}, with the times of all changes. */
  states(orgId: string, contactIds: Iterable<string>, options: Budgeted): Promise<ContactState[]>;
}

/** Creates the store of the contact table. */
export const createContactStore = (client: DynamoDBClient, table: string): ContactStore => {
  const states: ContactStore['states'] = async (orgId, contactIds, options) => {
    const keys = [...contactIds].map((contactId) => contactKey(orgId, contactId));
    const items = await batchGet(table, keys, { client, ...options, consistent: true });
    return items.map(stateOfItem);
  };

  return {
    async get(orgId, contactId) {
      const Key = contactKey(orgId, contactId);
      const command = new GetItemCommand({ TableName: table, Key, ConsistentRead: true });
      const { Item } = await client.send(command);
      return Item && contactOf(stateOfItem(Item));
    },

    getMany: async (orgId, contactIds, options) => (await states(orgId, contactIds, options)).map(contactOf),

    states,
  };
};
