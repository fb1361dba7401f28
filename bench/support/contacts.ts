import { type TransactWriteItem, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import pMap from 'p-map';
import type { Item } from '#shared/aws/dynamodb.ts';
import { contactItem } from '#shared/contacts/contact-item.ts';
import { changedAt } from '#shared/contacts/timed.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import { identityItem } from '#shared/identities/identity-item.ts';
import { newStandingItem } from '#shared/standings/standing-item.ts';
import { chunksOf } from './bare-writes.ts';
import { emailOf, type World } from './world.ts';

/** DynamoDB accepts at most 100 actions in a transaction. */
const TRANSACTION = 100;

/** A new contact has three items, which one transaction must contain: so many contacts fit. */
const NEW_IN_TRANSACTION = Math.floor(TRANSACTION / 3);

const tableOf = (
  { stack }: Pick<World, 'stack'>,
  name: 'identitiesTable' | 'contactsTable' | 'standingsTable',
): string => stack.outputs[OUTPUT[name]] as string;

/** Entries of a contacts batch; a different plan for the same contacts changes each of them. */
export const contactEntries = (from: number, count: number, plan: string): object[] =>
  Array.from({ length: count }, (_, at) => ({
    email: emailOf(from + at),
    attributes: { plan, city: 'Austin' },
  }));

/**
 * The items that an import of {@link contactEntries} would write into the contact table.
 * @param version - the version that they replace; 0 for new contacts
 */
export const contactItems = (
  orgId: string,
  from: number,
  count: number,
  plan: string,
  version: number,
): Item[] => {
  const now = Date.now();
  return Array.from({ length: count }, (_, nth) => {
    const email = emailOf(from + nth);
    const contactId = contactIdOf(orgId, email);
    const time = { at: now, nth };
    return contactItem(orgId, {
      contactId,
      version,
      identities: new Map([[contactId, { namespace: 'email', value: email, linkedAt: now }]]),
      fields: changedAt([['email', email]], time),
      attributes: changedAt(
        [
          ['plan', JSON.stringify(plan)],
          ['city', '"Austin"'],
        ],
        time,
      ),
      companies: new Map(),
      devices: new Map(),
      createdAt: now,
      updatedAt: now,
    });
  });
};

/** Sends transactions with the SDK alone. */
const transact = async (
  { client }: Pick<World, 'client'>,
  transactions: readonly TransactWriteItem[][],
  atOnce: number,
): Promise<void> => {
  await pMap(transactions, (TransactItems) => client.send(new TransactWriteItemsCommand({ TransactItems })), {
    concurrency: atOnce,
  });
};

const puts = (
  TableName: string,
  items: readonly Item[],
  condition: Pick<NonNullable<TransactWriteItem['Put']>, 'ConditionExpression'> = {},
): TransactWriteItem[] => items.map((Item) => ({ Put: { TableName, Item, ...condition } }));

/**
 * Stores new contacts of an organisation with their standings and identities, without reading first: the writes that an
 * import makes, with its conditions.
 */
export const createBare = async (
  world: World,
  orgId: string,
  contacts: readonly Item[],
  atOnce: number,
): Promise<void> => {
  const idOf = ({ pk }: Item): string => pk?.S?.split('#')[1] as string;
  const isNew = { ConditionExpression: 'attribute_not_exists(pk)' };
  const transactions = chunksOf(contacts, NEW_IN_TRANSACTION).map((chunk) => {
    const ids = chunk.map(idOf);
    const standings = ids.map((id) => newStandingItem(orgId, id));
    const identities = ids.map((id) => identityItem(orgId, id, { contactId: id, isOnly: true }));
    return [
      ...puts(tableOf(world, 'contactsTable'), chunk),
      ...puts(tableOf(world, 'identitiesTable'), identities, isNew),
      ...puts(tableOf(world, 'standingsTable'), standings),
    ];
  });
  await transact(world, transactions, atOnce);
};

/**
 * Replaces contacts, each on condition that its version is the one before, without reading first: the writes that an import
 * makes.
 */
export const replaceBare = async (world: World, contacts: readonly Item[], atOnce: number): Promise<void> => {
  const TableName = tableOf(world, 'contactsTable');
  const replaced = contacts.map(
    (Item): TransactWriteItem => ({
      Put: {
        TableName,
        Item,
        ConditionExpression: '#version = :read',
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: { ':read': { N: String(Number(Item['version']?.N) - 1) } },
      },
    }),
  );
  await transact(world, chunksOf(replaced, TRANSACTION), atOnce);
};
