import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  type BatchGetItemCommandInput,
  type BatchGetItemCommandOutput,
  type BatchWriteItemCommandInput,
  type BatchWriteItemCommandOutput,
  DynamoDBClient,
  type KeysAndAttributes,
  type QueryCommandInput,
  type QueryCommandOutput,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  type UpdateItemCommandInput,
  type UpdateItemCommandOutput,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { OutOfTimeError } from '../time/out-of-time.ts';
import { drain } from './drain.ts';
import { JsonCommand } from './json-command.ts';
import { budgetOf, partOf, type RetryBudget, retrying } from './retry.ts';

/** An item as DynamoDB's own API has it. */
export type Item = Record<string, AttributeValue>;

/** DynamoDB takes at most 25 puts or deletes in one BatchWriteItem. */
const WRITE_CHUNK = 25;

/** DynamoDB takes at most 100 keys in one BatchGetItem. */
const GET_CHUNK = 100;

/**
 * Calls under way at once. Measured on two cores against the local engine: 8 leaves it idle at times, beyond 16
 * nothing is gained; against AWS 16 calls of 25 items at 5 to 10 ms each are above what one partition takes.
 */
export const CONCURRENCY = 16;

/** A call that has not answered by then is lost; DynamoDB answers within tens of milliseconds. */
const REQUEST_TIMEOUT_MS = 3_000;

const handler = (): NodeHttpHandler =>
  new NodeHttpHandler({
    connectionTimeout: REQUEST_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    throwOnRequestTimeout: true,
    httpAgent: { maxSockets: 64 },
    httpsAgent: { maxSockets: 64 },
  });

/** A client with the SDK's own retries, for functions that make a call or two. */
export const createDynamoClient = (): DynamoDBClient => new DynamoDBClient({ requestHandler: handler() });

/**
 * A client without the SDK's retries, for functions that bring a {@link RetryBudget}: what is retried, and for how
 * long, is then decided in one place ({@link drain} and `retrying`).
 */
export const createBulkClient = (): DynamoDBClient =>
  new DynamoDBClient({ requestHandler: handler(), maxAttempts: 1 });

/** What a bulk operation needs beside its items. */
export interface BulkOptions {
  readonly client: DynamoDBClient;
  readonly budget: RetryBudget;
  readonly onRetry?: () => void;
}

/** The time that a store's bulk operation has, and who is told of retries. */
export type Budgeted = Pick<BulkOptions, 'budget' | 'onRetry'>;

/**
 * Puts all items; no two may have the same key.
 * @returns the items that were not stored by the budget's deadline, for the caller to report
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
 * Deletes the items of the keys, of which no two may be the same.
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

/** What to read of each item, and how. */
export interface BatchGetOptions extends BulkOptions {
  readonly projection?: Pick<KeysAndAttributes, 'ProjectionExpression' | 'ExpressionAttributeNames'>;
  /** Whether the read is strongly consistent, at twice the read units. */
  readonly consistent?: boolean;
}

/**
 * Reads the items of the keys; those that do not exist are not in the answer, which has no order.
 * @throws {@link OutOfTimeError} when the deadline comes first: half an answer would read as "does not exist"
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
 * A single call is retried for at most this long, whatever time its caller has: a table that does not answer for ten
 * seconds is in trouble, and a message that waits in its queue meanwhile holds no worker up.
 */
const CALL_MS = 10_000;

/** The budget of one call. */
const callBudget = (budget?: RetryBudget): RetryBudget =>
  budget === undefined ? budgetOf(CALL_MS) : partOf(budget, CALL_MS);

/**
 * One page of a Query.
 * @throws OutOfTimeError where it could not be read in 10 s, or by the budget's deadline
 */
export const queryPage = (
  client: DynamoDBClient,
  input: QueryCommandInput,
  budget?: RetryBudget,
): Promise<QueryCommandOutput> => {
  const command = new JsonCommand<QueryCommandInput, QueryCommandOutput>('Query', input);
  return retrying((abortSignal) => client.send(command, { abortSignal }), callBudget(budget));
};

/**
 * Updates an item, for those that are updated by the hundred. A try whose answer was lost comes again: the update must be safe to
 * repeat, or have a condition that its first try has made fail.
 *
 * @returns the attributes that the input's `ReturnValues` asks for
 * @throws the SDK's exceptions (`ConditionalCheckFailedException` by name); OutOfTimeError after 10 s, or at the budget's
 * deadline
 */
export const updateItem = async (
  client: DynamoDBClient,
  input: UpdateItemCommandInput,
  budget?: RetryBudget,
): Promise<Item | undefined> => {
  const command = new JsonCommand<UpdateItemCommandInput, UpdateItemCommandOutput>('UpdateItem', input);
  const { Attributes } = await retrying(
    (abortSignal) => client.send(command, { abortSignal }),
    callBudget(budget),
  );
  return Attributes;
};

/**
 * Writes items in one transaction. A try whose answer was lost is repeated with the same token, which DynamoDB knows for ten
 * minutes: it is carried out once.
 *
 * @throws the SDK's exceptions (`TransactionCanceledException`); OutOfTimeError after 10 s, or at the budget's deadline
 */
export const transactWrite = async (
  client: DynamoDBClient,
  TransactItems: TransactWriteItem[],
  budget?: RetryBudget,
): Promise<void> => {
  const command = new TransactWriteItemsCommand({ TransactItems, ClientRequestToken: randomUUID() });
  await retrying((abortSignal) => client.send(command, { abortSignal }), callBudget(budget));
};

/** Whether a write, or one of a transaction's, was refused by its condition. */
const isRefused = (error: unknown): boolean =>
  (error instanceof Error && error.name === 'ConditionalCheckFailedException') ||
  (error instanceof TransactionCanceledException &&
    (error.CancellationReasons ?? []).some(({ Code }) => Code === 'ConditionalCheckFailed'));

/** What a write comes to; `undefined` where its condition refuses it. @throws every other error of the write */
export const unlessRefused = async <T>(write: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await write();
  } catch (error) {
    if (isRefused(error)) return undefined;
    throw error;
  }
};

/**
 * Follows a Query to its end, page by page; only the page at hand is in memory.
 * @param input - a Query's input; its `Limit`, where given, is the size of a page
 * @param budget - the time for all pages together. @default - no limit but that of each page
 * @throws OutOfTimeError where a page could not be read in 10 s, or not all by the budget's deadline
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

/** All items of a Query, for those that are known to be few. */
export const queryAll = async (
  client: DynamoDBClient,
  input: QueryCommandInput,
  budget?: RetryBudget,
): Promise<Item[]> => {
  const items: Item[] = [];
  for await (const page of queryPages(client, input, budget)) items.push(...page);
  return items;
};

/** What an item counts in DynamoDB's units: UTF-8 bytes of names and values. Source: Developer Guide, "Item sizes". */
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

/** The most that one item may count. Source: DynamoDB quotas. */
export const MAX_ITEM_BYTES = 400 * 1024;
