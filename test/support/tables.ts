import { type DynamoDBClient, GetItemCommand, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { localAwsEnv } from '#local/ministack.ts';
import { createDynamoClient, type Item } from '#shared/aws/dynamodb.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import { shardOfContact } from '#shared/identities/shards.ts';
import { type TestOrg, testStack } from './api.ts';

type Owner = Pick<TestOrg, 'orgId'>;

let client: DynamoDBClient | undefined;

/** A client of the stack's tables, past the API. */
export const stackDynamo = (): DynamoDBClient => {
  if (client === undefined) {
    Object.assign(process.env, localAwsEnv(testStack().endpoint));
    client = createDynamoClient();
  }
  return client;
};

/** The name of a table, by its output. */
export const tableName = (output: (typeof OUTPUT)[keyof typeof OUTPUT]): string =>
  testStack().outputs[output] as string;

const partition = async (output: (typeof OUTPUT)[keyof typeof OUTPUT], pk: string): Promise<Item[]> => {
  const items: Item[] = [];
  let start: Item | undefined;
  do {
    const page = await stackDynamo().send(
      new QueryCommand({
        TableName: tableName(output),
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: pk } },
        ConsistentRead: true,
        ExclusiveStartKey: start,
      }),
    );
    items.push(...(page.Items ?? []));
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return items;
};

/** The rows of one contact's history, in the table's order. */
export const eventRows = ({ orgId }: Owner, email: string): Promise<Item[]> =>
  partition(OUTPUT.eventsTable, `${orgId}#${contactIdOf(orgId, email)}`);

/** The row of a contact; undefined where there is none. */
export const contactRow = async ({ orgId }: Owner, email: string): Promise<Item | undefined> =>
  (await partition(OUTPUT.contactsTable, `${orgId}#${contactIdOf(orgId, email)}`))[0];

/** How a contact stands, as a row; undefined where there is none. */
export const standingRow = async ({ orgId }: Owner, email: string): Promise<Item | undefined> =>
  (await partition(OUTPUT.standingsTable, `${orgId}#${contactIdOf(orgId, email)}`))[0];

/** The row that says that a contact exists; undefined where there is none. */
export const identityRow = async ({ orgId }: Owner, email: string): Promise<Item | undefined> => {
  const contactId = contactIdOf(orgId, email);
  const Key = { pk: { S: `${orgId}#${shardOfContact(contactId)}` }, sk: { S: contactId } };
  const TableName = tableName(OUTPUT.identitiesTable);
  return (await stackDynamo().send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item;
};

/** The rows of an organisation's receipts. */
export const receiptRows = ({ orgId }: Owner): Promise<Item[]> => partition(OUTPUT.importsTable, orgId);

/** Every row of an organisation that a table has, as text, in the order of keys. */
export const rowsOf = async ({ orgId }: Owner, table: string): Promise<string[]> => {
  const rows: string[] = [];
  let start: Item | undefined;
  do {
    const page = await stackDynamo().send(
      new ScanCommand({
        TableName: table,
        FilterExpression: 'contains(pk, :org) OR orgId = :org',
        ExpressionAttributeValues: { ':org': { S: orgId } },
        ExclusiveStartKey: start,
      }),
    );
    rows.push(...(page.Items ?? []).map((item) => JSON.stringify(item)));
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return rows.sort();
};
