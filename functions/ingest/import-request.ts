import { ulid } from 'ulid';
import { budgetOf, OutOfTimeError, type RetryBudget } from '#shared/aws/retry.ts';
import type { ImportEndpoint, OpeningReceipt } from '#shared/receipts/receipt.ts';
import type { ApiRequest } from '#shared/runtime/api.ts';
import { ApiError, badRequest } from '#shared/runtime/api-error.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { jsonBody } from '#shared/runtime/json-body.ts';

/** The header that names the receipt of an import. */
export const IMPORT_ID_HEADER = 'x-import-id';

/** What an import endpoint takes. */
export interface ImportShape {
  readonly endpoint: ImportEndpoint;
  /** The name of the array in the body. */
  readonly field: string;
  /** The most entries of one request. */
  readonly limit: number;
}

/**
 * API Gateway ends a request after 29 s. What is not stored by then must still be told, and the receipt closed.
 * The context's remaining time is no guide: it is the function's, not the gateway's.
 */
const WORK_MS = 22_000;

/** For the receipt's last word, after the work's time is up. */
const CLOSE_MS = 4_000;

/** One import while it is worked on. */
export interface ImportRequest {
  readonly receipt: OpeningReceipt;
  readonly entries: readonly unknown[];
  /** ms since 1970: the moment by which the whole request is judged. */
  readonly receivedAt: number;
  readonly work: RetryBudget;
  /** The budget of what follows the work; its time begins when it is asked for. */
  readonly closing: () => RetryBudget;
}

/**
 * Opens the envelope of an import.
 *
 * @throws ApiError 400 where the array is missing or none, 413 where it has too many entries, and what `jsonBody` throws;
 * nothing is stored then
 */
export const openEnvelope = (request: ApiRequest, shape: ImportShape, now: Clock): ImportRequest => {
  const receivedAt = now();
  const { field, limit, endpoint } = shape;
  const entries = jsonBody(request)[field];
  if (entries === undefined) throw badRequest(`The body must have an array "${field}"`);
  if (!Array.isArray(entries)) throw badRequest(`"${field}" must be an array`);
  if (entries.length > limit) {
    throw new ApiError(
      413,
      'batch_too_large',
      `"${field}" has ${entries.length} entries, at most ${limit} are allowed; nothing was imported`,
    );
  }
  return {
    receipt: {
      id: `imp_${ulid(receivedAt)}`,
      endpoint,
      receivedAt: new Date(receivedAt).toISOString(),
      received: entries.length,
    },
    entries,
    receivedAt,
    work: budgetOf(WORK_MS, now),
    closing: () => budgetOf(CLOSE_MS, now),
  };
};

/** 503: part of the batch is not stored. The same batch again stores the rest and changes nothing of what is there. */
export const notAllStored = (importId: string, stored: number, left: number, what: string): ApiError =>
  new ApiError(
    503,
    'not_all_stored',
    `${left} of ${stored + left} ${what} could not be stored in time. Sending the same batch again is safe.`,
    { headers: { 'retry-after': '5', [IMPORT_ID_HEADER]: importId } },
  );

/** For what comes before the first entry is stored: there, running out of time means that none is. */
export const asNothingStored =
  (importId: string, entries: number, what: string) =>
  (error: unknown): never => {
    if (error instanceof OutOfTimeError) throw notAllStored(importId, 0, entries, what);
    throw error;
  };

/** For the receipt's completion: all is stored, but nobody could tell by the receipt. */
export const asNotCompleted =
  (importId: string) =>
  (error: unknown): never => {
    if (!(error instanceof OutOfTimeError)) throw error;
    throw new ApiError(
      503,
      'unavailable',
      'The receipt could not be completed in time. Sending the same batch again is safe.',
      { headers: { 'retry-after': '5', [IMPORT_ID_HEADER]: importId }, cause: error },
    );
  };

/** A field of an entry as it was sent, where it was a string. */
export const sentString = (entry: unknown, field: string): string | null => {
  const value = (entry as Record<string, unknown> | null)?.[field];
  return typeof value === 'string' ? value : null;
};
