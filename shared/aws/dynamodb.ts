import {
  type AttributeValue,
  type BatchGetItemCommandInput,
  type BatchGetItemCommandOutput,
  type BatchWriteItemCommandInput,
  type BatchWriteItemCommandOutput,
  DynamoDBClient,
  type GetItemCommandInput,
  type GetItemCommandOutput,
  type KeysAndAttributes,
  type QueryCommandInput,
  type QueryCommandOutput,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { OutOfTimeError } from '../time/out-of-time.ts';
import { drain } from './drain.ts';
import { JsonCommand } from './json-command.ts';
import { callBudget, type RetryBudget, retrying } from './retry.ts';

/** An item in the form of DynamoDB's own API. */
export type Item = Record<string, AttributeValue>;

/** DynamoDB accepts at most 25 puts or deletes in one BatchWriteItem. */
const WRITE_CHUNK = 25;

/** DynamoDB accepts at most 100 keys in one BatchGetItem. */
const GET_CHUNK = 100;

/**
 * Maximum number of concurrent calls. Measured on two cores against the local engine: 8 leaves it idle at times, and
 * more than 16 gains nothing; on AWS, 16 calls of 25 items at 5 to 10 ms each exceed the capacity of one partition.
 */
export const CONCURRENCY = 16;

/** A call without a response after this time is considered lost; DynamoDB responds within tens of milliseconds. */
const REQUEST_TIMEOUT_MS = 3_000;

const handler = (): NodeHttpHandler =>
  new NodeHttpHandler({
    connectionTimeout: REQUEST_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    throwOnRequestTimeout: true,
    httpAgent: { maxSockets: 64 },
    httpsAgent: { maxSockets: 64 },
  });

/** Creates a client with the SDK's own retries, for functions that make few calls. */
export const createDynamoClient = (): DynamoDBClient => new DynamoDBClient({ requestHandler: handler() });

/**
 * Creates a client without the SDK's retries, for functions that have a {@link RetryBudget}: only {@link drain} and
 * `retrying` then decide what is retried and for how long.
 */
export const createBulkClient = (): DynamoDBClient =>
  new DynamoDBClient({ requestHandler: handler(), maxAttempts: 1 });

/** The options of a bulk operation. */
export interface BulkOptions {
  readonly client: DynamoDBClient;
  readonly budget: RetryBudget;
  /** Called before every retry of a call. */
  readonly onRetry?: () => void;
}

/** The options of a bulk operation of a store, which has its own client. */
export type Budgeted = Pick<BulkOptions, 'budget' | 'onRetry'>;

/**
 * Puts all items. No two items may have the same key.
 * @returns the items that were not stored by the budget's deadline
 */
export const batchPut = async (
  table: string,
  items: readonly Item[],
  options: BulkOptions,
): Promise<Item[]> => {
  const requests: WriteRequest[] = items.map((item) => ({ PutRequest: { Item: item } }));
  const left = await batchWrite(table, requests, options);
  return left.map((request) => request.PutRequest?.Item as Item);
};

/**
 * Deletes the items with these keys. No two keys may be equal.
 * @returns the keys that were not deleted by the budget's deadline
 */
export const batchDelete = async (
  table: string,
  keys: readonly Item[],
  options: BulkOptions,
): Promise<Item[]> => {
  const requests: WriteRequest[] = keys.map((key) => ({ DeleteRequest: { Key: key } }));
  const left = await batchWrite(table, requests, options);
  return left.map((request) => request.DeleteRequest?.Key as Item);
};

const batchWrite = (
  table: string,
  requests: readonly WriteRequest[],
  { client, ...options }: BulkOptions,
): Promise<WriteRequest[]> =>
  drain(requests, {
    ...options,
    chunkSize: WRITE_CHUNK,
    concurrency: CONCURRENCY,
    send: async (chunk, abortSignal) => {
      const command = new JsonCommand<BatchWriteItemCommandInput, BatchWriteItemCommandOutput>(
        'BatchWriteItem',
        { RequestItems: { [table]: [...chunk] } },
      );
      const output = await client.send(command, { abortSignal });
      return output.UnprocessedItems?.[table] ?? [];
    },
  });

/** The options of {@link batchGet}. */
export interface BatchGetOptions extends BulkOptions {
  /** The attributes to read. @default - all */
  readonly projection?: Pick<KeysAndAttributes, 'ProjectionExpression' | 'ExpressionAttributeNames'>;
  /** Whether the read is strongly consistent, at twice the read units. */
  readonly consistent?: boolean;
}

/**
 * Reads the items with these keys. The result has no order and omits items that do not exist.
 * @throws {@link OutOfTimeError} when the deadline passes first: in a partial result, an unread item would look like
 * one that does not exist
 */
export const batchGet = async (
  table: string,
  keys: readonly Item[] | AsyncIterable<readonly Item[]>,
  { client, projection, consistent = false, ...options }: BatchGetOptions,
): Promise<Item[]> => {
  const found: Item[] = [];
  const left = await drain(keys, {
    ...options,
    chunkSize: GET_CHUNK,
    concurrency: CONCURRENCY,
    send: async (chunk, abortSignal) => {
      const request = { Keys: [...chunk], ConsistentRead: consistent, ...projection };
      const command = new JsonCommand<BatchGetItemCommandInput, BatchGetItemCommandOutput>('BatchGetItem', {
        RequestItems: { [table]: request },
      });
      const output = await client.send(command, { abortSignal });
      found.push(...(output.Responses?.[table] ?? []));
      return output.UnprocessedKeys?.[table]?.Keys ?? [];
    },
  });
  if (left.length > 0) throw new OutOfTimeError(`${left.length} items could not be read in time`);
  return found;
};

/**
 * Reads one page of a Query.
 * @throws OutOfTimeError if it cannot be read within 10 s or by the budget's deadline
 */
export const queryPage = (
  client: DynamoDBClient,
  input: QueryCommandInput,
  budget?: RetryBudget,
): Promise<QueryCommandOutput> => {
  const command = new JsonCommand<QueryCommandInput, QueryCommandOutput>('Query', input);
  return retrying((abortSignal) => client.send(command, { abortSignal }), callBudget(budget));
};

/** A page of a partition, in the order of sort keys. */
export interface PartitionPage {
  readonly items: readonly Item[];
  /** The sort key after which the next page begins; undefined on the last page. */
  readonly next: string | undefined;
}

/** A page of a partition whose keys are `pk` and `sk`. */
interface PartitionQuery {
  readonly table: string;
  readonly pk: string;
  readonly limit: number;
  /** The sort key after which the page begins. */
  readonly after: string | undefined;
  readonly consistent: boolean;
}

/**
 * Reads a page of a partition. It may have fewer items than `limit`, or none, although it is not the last one.
 * @throws OutOfTimeError if it cannot be read within 10 s or by the budget's deadline
 */
export const partitionPage = async (
  client: DynamoDBClient,
  { table, pk, limit, after, consistent }: PartitionQuery,
  budget?: RetryBudget,
): Promise<PartitionPage> => {
  const input = {
    TableName: table,
    KeyConditionExpression: after === undefined ? 'pk = :pk' : 'pk = :pk AND sk > :after',
    ExpressionAttributeValues: {
      ':pk': { S: pk },
      ...(after !== undefined && { ':after': { S: after } }),
    },
    Limit: limit,
    ConsistentRead: consistent,
  };
  const { Items = [], LastEvaluatedKey } = await queryPage(client, input, budget);
  return { items: Items, next: LastEvaluatedKey?.['sk']?.S };
};

/**
 * Reads an item, strongly consistently.
 * @returns the item; undefined if it does not exist
 * @throws OutOfTimeError if it cannot be read within 10 s or by the budget's deadline
 */
export const getItem = async (
  client: DynamoDBClient,
  input: Pick<GetItemCommandInput, 'TableName' | 'Key'>,
  budget?: RetryBudget,
): Promise<Item | undefined> => {
  const consistent = { ...input, ConsistentRead: true };
  const command = new JsonCommand<GetItemCommandInput, GetItemCommandOutput>('GetItem', consistent);
  const { Item } = await retrying((abortSignal) => client.send(command, { abortSignal }), callBudget(budget));
  return Item;
};

/**
 * Reads all pages of a Query; only the current page is in memory.
 * @param input - the input of the Query; its `Limit`, if given, is the size of a page
 * @param budget - the time for all pages together. @default - no limit but that of each page
 * @throws OutOfTimeError if a page cannot be read within 10 s, or not all pages by the budget's deadline
 */
export async function* queryPages(
  client: DynamoDBClient,
  input: QueryCommandInput,
  budget?: RetryBudget,
): AsyncGenerator<Item[], void, undefined> {
  let start = input.ExclusiveStartKey;
  do {
    const page = await queryPage(client, { ...input, ExclusiveStartKey: start }, budget);
    yield page.Items ?? [];
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
}

/** Reads all items of a Query into memory, for queries whose results are known to be small. */
export const queryAll = async (
  client: DynamoDBClient,
  input: QueryCommandInput,
  budget?: RetryBudget,
): Promise<Item[]> => {
  const items: Item[] = [];
  for await (const page of queryPages(client, input, budget)) items.push(...page);
  return items;
};

/** An item's size as DynamoDB counts it: UTF-8 bytes of names and values. Source: Developer Guide, "Item sizes". */
export const itemBytes = (item: Item): number => {
  let bytes = 0;
  for (const [name, value] of Object.entries(item)) {
    bytes += Buffer.byteLength(name) + valueBytes(value);
  }
  return bytes;
};

const valueBytes = (value: AttributeValue): number => {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return Math.min(21, Math.ceil(value.N.length / 2) + 2);
  if (value.B !== undefined) return value.B.byteLength;
  if (value.M !== undefined) return 3 + itemBytes(value.M) + Object.keys(value.M).length;
  if (value.L !== undefined) return value.L.reduce((sum, entry) => sum + 1 + valueBytes(entry), 3);
  if (value.SS !== undefined) return value.SS.reduce((sum, entry) => sum + Buffer.byteLength(entry), 0);
  return 1;
};

/** The maximum size of an item, as {@link itemBytes} counts it. Source: DynamoDB quotas. */
export const MAX_ITEM_BYTES = 400 * 1024;

/** The maximum number of actions of a transaction. Source: DynamoDB quotas. */
export const MAX_ACTIONS = 100;
