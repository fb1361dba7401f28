import {
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import pMap from 'p-map';
import type { Item } from '#shared/aws/dynamodb.ts';
import { contactItem } from '#shared/contacts/contact-item.ts';
import { changedAt } from '#shared/contacts/timed.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import { identityItem } from '#shared/identities/identity-item.ts';
import { newStandingItem } from '#shared/standings/standing-item.ts';
import { chunksOf, putBare, WRITE_CHUNK } from './bare-writes.ts';
import { emailOf, type World } from './world.ts';

/** DynamoDB accepts at most 100 keys in a BatchGetItem. */
const READ_CHUNK = 100;

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

/** The items that an import of {@link contactEntries} would create. */
export const contactItems = (orgId: string, from: number, count: number, plan: string): Item[] => {
  const now = Date.now();
  return Array.from({ length: count }, (_, nth) => {
    const email = emailOf(from + nth);
    const contactId = contactIdOf(orgId, email);
    const time = { at: now, nth };
    return contactItem(orgId, {
      contactId,
      version: 0,
      identities: new Map([[contactId, { namespace: 'email', value: email, linkedAt: now }]]),
      fields: changedAt([['email', email]], time),
      attributes: changedAt(
        [
          ['plan', JSON.stringify(plan)],
          ['city', '"Austin"'],
        ],
        time,
      ),
      createdAt: now,
      updatedAt: now,
    });
  });
};

/** Inserts items, 25 per call, only if they are new, which BatchWriteItem cannot guarantee. */
const insertInto = async (
  { client }: World,
  table: string,
  items: readonly Item[],
  atOnce: number,
): Promise<void> => {
  await pMap(
    chunksOf(items, WRITE_CHUNK),
    async (chunk) => {
      const Statements = chunk.map((item) => ({
        Statement: `INSERT INTO "${table}" VALUE {${Object.keys(item).map((name) => `'${name}': ?`)}}`,
        Parameters: Object.values(item),
      }));
      const { Responses = [] } = await client.send(new BatchExecuteStatementCommand({ Statements }));
      const refused = Responses.find(({ Error: error }) => error !== undefined);
      if (refused !== undefined) throw new Error(`A bare insert was rejected: ${refused.Error?.Code}`);
    },
    { concurrency: atOnce },
  );
};

/** Stores new contacts of an organisation with their standings and identities, without reading first. */
export const insertBare = async (
  world: World,
  orgId: string,
  contacts: readonly Item[],
  atOnce: number,
): Promise<void> => {
  const ids = contacts.map(({ pk }) => pk?.S?.split('#')[1] as string);
  const standings = ids.map((id) => newStandingItem(orgId, id));
  const identities = ids.map((id) => identityItem(orgId, id, { contactId: id, isOnly: true }));
  await insertInto(world, tableOf(world, 'contactsTable'), contacts, atOnce);
  await insertInto(world, tableOf(world, 'standingsTable'), standings, atOnce);
  await putBare(world.client, tableOf(world, 'identitiesTable'), identities, atOnce);
};

/** Changes one attribute of each contact, with one call per contact, without reading first. */
export const mergeBare = async (
  world: World,
  items: readonly Item[],
  plan: string,
  atOnce: number,
): Promise<void> => {
  const TableName = tableOf(world, 'contactsTable');
  const values = { ':now': { S: new Date().toISOString() }, ':plan': { S: JSON.stringify(plan) } };
  await pMap(
    items,
    async ({ pk }) => {
      await world.client.send(
        new UpdateItemCommand({
          TableName,
          Key: { pk: pk as Item[string] },
          UpdateExpression: 'SET updatedAt = :now, #attributes.#plan = :plan',
          ConditionExpression: 'attribute_exists(pk)',
          ExpressionAttributeNames: { '#attributes': 'attributes', '#plan': 'plan' },
          ExpressionAttributeValues: values,
        }),
      );
    },
    { concurrency: atOnce },
  );
};

/** Reads contacts with strong consistency, 100 per call: the minimum that detects that nothing has changed. */
export const readBare = async (world: World, items: readonly Item[], atOnce: number): Promise<void> => {
  const table = tableOf(world, 'contactsTable');
  await pMap(
    chunksOf(items, READ_CHUNK),
    async (chunk) => {
      const Keys = chunk.map(({ pk }) => ({ pk: pk as Item[string] }));
      const RequestItems = { [table]: { Keys, ConsistentRead: true } };
      const { Responses = {} } = await world.client.send(new BatchGetItemCommand({ RequestItems }));
      if (Responses[table]?.length !== Keys.length) throw new Error('A bare read did not find all contacts');
    },
    { concurrency: atOnce },
  );
};
