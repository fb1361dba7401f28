/**
 * Writes of single items and transactions. Stores make all of theirs with these functions, because they repeat what the
 * SDK does not: DynamoDB rejects a write of an item that is part of a running transaction (`TransactionConflictException`),
 * and cancels a transaction over an item that another write or transaction holds (the reason `TransactionConflict`).
 * Nothing is wrong with such a write, so the very same one is repeated after a pause with jitter, and its caller reads and
 * computes nothing again. Source: Developer Guide, "Transaction conflict handling in DynamoDB", which adds that the SDKs
 * do not retry these.
 *
 * A failed condition is definite, even if other items of the transaction were in conflict: `unlessRefused` reports it.
 */
import { randomUUID } from 'node:crypto';
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  type PutItemCommandInput,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Item } from './dynamodb.ts';
import { callBudget, type RetryBudget, retrying } from './retry.ts';

/**
 * Stores an item. An attempt whose response was lost is repeated: a condition must allow for that.
 *
 * @throws the SDK's exceptions; OutOfTimeError after 10 s, or at the budget's deadline
 */
export const putItem = async (
  client: DynamoDBClient,
  input: PutItemCommandInput,
  budget?: RetryBudget,
): Promise<void> => {
  const command = new PutItemCommand(input);
  await retrying((abortSignal) => client.send(command, { abortSignal }), callBudget(budget));
};

/**
 * Updates an item. An attempt whose response was lost is repeated: the update must be safe to repeat, or have a condition
 * that fails once it has been applied.
 *
 * @param onRetry - called before every retry
 * @returns the attributes that the input's `ReturnValues` selects
 * @throws the SDK's exceptions; OutOfTimeError after 10 s, or at the budget's deadline
 */
export const updateItem = async (
  client: DynamoDBClient,
  input: UpdateItemCommandInput,
  budget?: RetryBudget,
  onRetry?: () => void,
): Promise<Item | undefined> => {
  const command = new UpdateItemCommand(input);
  const { Attributes } = await retrying(
    (abortSignal) => client.send(command, { abortSignal }),
    callBudget(budget),
    onRetry,
  );
  return Attributes;
};

/**
 * Thrown when a transaction meets more conflicts than its caller allows: nothing is written. Its `$fault` marks it as
 * permanent, so that it is not retried.
 */
export class ContendedError extends Error {
  override readonly name = 'ContendedError';
  readonly $fault = 'client';
}

/** Whether a transaction was cancelled because other writes or transactions hold some of its items. */
const isConflict = (error: unknown): boolean =>
  error instanceof TransactionCanceledException &&
  (error.CancellationReasons ?? []).some(({ Code }) => Code === 'TransactionConflict');

/**
 * Writes items in one transaction. An attempt whose response was lost is repeated with the same token, which DynamoDB
 * remembers for ten minutes, so the transaction is executed once.
 *
 * @param maxConflicts - how often it is retried because of conflicts. @default - without a limit
 * @throws the SDK's exceptions (`TransactionCanceledException`); ContendedError; OutOfTimeError after 10 s, or at the
 * budget's deadline
 */
export const transactWrite = async (
  client: DynamoDBClient,
  TransactItems: TransactWriteItem[],
  budget?: RetryBudget,
  maxConflicts = Number.POSITIVE_INFINITY,
): Promise<void> => {
  const command = new TransactWriteItemsCommand({ TransactItems, ClientRequestToken: randomUUID() });
  let conflicts = 0;
  await retrying(async (abortSignal) => {
    try {
      await client.send(command, { abortSignal });
    } catch (error) {
      if (!isConflict(error)) throw error;
      conflicts += 1;
      if (conflicts <= maxConflicts) throw error;
      throw new ContendedError('Other transactions hold some of the items', { cause: error });
    }
  }, callBudget(budget));
};

/** Whether the condition of a write, or of one write of a transaction, failed. */
const isRefused = (error: unknown): boolean =>
  error instanceof ConditionalCheckFailedException ||
  (error instanceof TransactionCanceledException &&
    (error.CancellationReasons ?? []).some(({ Code }) => Code === 'ConditionalCheckFailed'));

/**
 * Returns the result of a write, or `undefined` if its condition fails.
 * @throws all other errors of the write
 */
export const unlessRefused = async <T>(write: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await write();
  } catch (error) {
    if (isRefused(error)) return undefined;
    throw error;
  }
};

/** Makes a conditional write. @returns whether its condition held; @throws all other errors of the write */
export const isWritten = async (write: () => Promise<unknown>): Promise<boolean> => {
  const written = await unlessRefused(async () => {
    await write();
    return true;
  });
  return written === true;
};
