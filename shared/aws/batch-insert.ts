import type {
  BatchExecuteStatementCommandInput,
  BatchExecuteStatementCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { drain } from './drain.ts';
import { type BulkOptions, CONCURRENCY, type Item } from './dynamodb.ts';
import { JsonCommand } from './json-command.ts';

/** DynamoDB takes at most 25 statements in one BatchExecuteStatement. */
const STATEMENT_CHUNK = 25;

/** Errors of single statements that say "not now" rather than "not so". Source: API reference, BatchStatementError. */
const TRANSIENT_STATEMENT_ERRORS: ReadonlySet<string> = new Set([
  'RequestLimitExceeded',
  'InternalServerError',
  'ProvisionedThroughputExceeded',
  'ThrottlingError',
  'TransactionConflict',
]);

/** What became of items that were to be inserted. What is in neither list could not be stored in time. */
export interface InsertOutcome {
  readonly inserted: readonly Item[];
  /** There was an item of that key already; it is unchanged. */
  readonly existed: readonly Item[];
}

/**
 * Inserts items whose keys do not exist yet. BatchWriteItem takes no condition and one PutItem each is many times
 * dearer; PartiQL's batches have a condition by nature: INSERT refuses a key that exists.
 *
 * @throws Error where DynamoDB refuses a statement for another reason
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
      const command = new JsonCommand<BatchExecuteStatementCommandInput, BatchExecuteStatementCommandOutput>(
        'BatchExecuteStatement',
        { Statements: chunk.map(insertStatement(table)) },
      );
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

/** Thrown when DynamoDB understands a statement and refuses it; `$fault` makes it permanent for the retries. */
class StatementError extends Error {
  override readonly name = 'StatementError';
  readonly $fault = 'client';
}

/** Names are ours and plain; values, the caller's, are parameters. */
const insertStatement = (table: string) => (item: Item) => ({
  Statement: `INSERT INTO "${table}" VALUE {${Object.keys(item)
    .map((name) => `'${name}': ?`)
    .join(', ')}}`,
  Parameters: Object.values(item),
});
