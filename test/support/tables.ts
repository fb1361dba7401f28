import { type DynamoDBClient, GetItemCommand, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { localAwsEnv } from '#local/ministack.ts';
import { createDynamoClient, type Item } from '#shared/aws/dynamodb.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import { shardOfContact } from '#shared/identities/shards.ts';
import { type TestOrg, testStack } from './api.ts';

type Owner = Pick<TestOrg, 'orgId'>;

let client: DynamoDBClient | undefined;

/** A client of the stack's tables, which bypasses the API. */
export const stackDynamo = (): DynamoDBClient => {
  if (client === undefined) {
    Object.assign(process.env, localAwsEnv(testStack().endpoint));
    client = createDynamoClient();
  }
  return client;
};

/** The value of a stack output: the name of a table, or the URL of a queue. */
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

/** The rows of a contact's history, in the order of their keys. */
export const eventRows = ({ orgId }: Owner, email: string): Promise<Item[]> =>
  partition(OUTPUT.eventsTable, `${orgId}#${contactIdOf(orgId, email)}`);

/** The row of a contact; undefined if it does not exist. */
export const contactRow = async ({ orgId }: Owner, email: string): Promise<Item | undefined> =>
  (await partition(OUTPUT.contactsTable, `${orgId}#${contactIdOf(orgId, email)}`))[0];

/** The row of a contact's standing; undefined if it does not exist. */
export const standingRow = async ({ orgId }: Owner, email: string): Promise<Item | undefined> =>
  (await partition(OUTPUT.standingsTable, `${orgId}#${contactIdOf(orgId, email)}`))[0];

/** The row of a contact's identity, which marks the contact as existing; undefined if it does not exist. */
export const identityRow = async ({ orgId }: Owner, email: string): Promise<Item | undefined> => {
  const contactId = contactIdOf(orgId, email);
  const Key = { pk: { S: `${orgId}#${shardOfContact(contactId)}` }, sk: { S: contactId } };
  const TableName = tableName(OUTPUT.identitiesTable);
  return (await stackDynamo().send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item;
};

/** The rows of an organisation's receipts. */
export const receiptRows = ({ orgId }: Owner): Promise<Item[]> => partition(OUTPUT.importsTable, orgId);

/** All rows of an organisation in a table as sorted JSON texts. */
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
