import { BatchExecuteStatementCommand } from '@aws-sdk/client-dynamodb';
import { drain } from './drain.ts';
import { type BulkOptions, CONCURRENCY, type Item } from './dynamodb.ts';

/** DynamoDB accepts at most 25 statements in one BatchExecuteStatement. */
const STATEMENT_CHUNK = 25;

/** Transient errors of single statements. Source: API reference, BatchStatementError. */
const TRANSIENT_STATEMENT_ERRORS: ReadonlySet<string> = new Set([
  'RequestLimitExceeded',
  'InternalServerError',
  'ProvisionedThroughputExceeded',
  'ThrottlingError',
  'TransactionConflict',
]);

/** The outcome of an insertion. Items in neither list could not be stored in time. */
export interface InsertOutcome {
  readonly inserted: readonly Item[];
  /** Items whose key existed already; the stored items are unchanged. */
  readonly existed: readonly Item[];
}

/**
 * Inserts the items whose keys do not exist yet. BatchWriteItem supports no conditions, and one PutItem for each item
 * is many times more expensive; PartiQL's INSERT refuses an existing key, and its statements can be sent in batches.
 *
 * @throws Error if DynamoDB permanently refuses a statement for another reason
 */
export const batchInsert = async (
  table: string,
  items: readonly Item[],
  { client, ...options }: BulkOptions,
): Promise<InsertOutcome> => {
  const inserted: Item[] = [];
  const existed: Item[] = [];
  await drain(items, {
    ...options,
    chunkSize: STATEMENT_CHUNK,
    concurrency: CONCURRENCY,
    send: async (chunk, abortSignal) => {
      const command = new BatchExecuteStatementCommand({ Statements: chunk.map(insertStatement(table)) });
      const { Responses = [] } = await client.send(command, { abortSignal });
      const again: Item[] = [];
      for (const [at, item] of chunk.entries()) {
        const error = Responses[at]?.Error;
        if (error === undefined) inserted.push(item);
        else if (error.Code === 'DuplicateItem') existed.push(item);
        else if (TRANSIENT_STATEMENT_ERRORS.has(error.Code ?? '')) again.push(item);
        else throw new StatementError(`${error.Code}: an item could not be inserted`);
      }
      return again;
    },
  });
  return { inserted, existed };
};

/** Thrown when DynamoDB understands a statement and refuses it; its `$fault` marks it as permanent. */
class StatementError extends Error {
  override readonly name = 'StatementError';
  readonly $fault = 'client';
}

/** Names of attributes are fixed by this service and need no escaping; values, which callers send, are parameters. */
const insertStatement = (table: string) => (item: Item) => ({
  Statement: `INSERT INTO "${table}" VALUE {${Object.keys(item)
    .map((name) => `'${name}': ?`)
    .join(', ')}}`,
  Parameters: Object.values(item),
});
