import { budgetOf, type RetryBudget } from '#shared/aws/retry.ts';
import type { ApiRequest, ApiResponse } from '#shared/http/api.ts';
import { ApiError, badRequest } from '#shared/http/api-error.ts';
import { jsonBody } from '#shared/http/json-body.ts';
import type { ImportEndpoint, OpeningReceipt, ReceiptOutcome } from '#shared/imports/receipt.ts';
import type { Clock } from '#shared/time/clock.ts';
import { newId } from '#shared/time/ids.ts';
import { OutOfTimeError } from '#shared/time/out-of-time.ts';

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
      id: newId('imp', () => receivedAt),
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

/** How an import went, for those who watch. It holds nothing that a customer sent. */
export interface ImportReport {
  readonly orgId: string;
  readonly importId: string;
  readonly endpoint: ImportEndpoint;
  readonly received: number;
  readonly imported: number;
  readonly skipped: number;
  /** How many entries were skipped, by rule. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Whether the answer said that all is stored. */
  readonly complete: boolean;
  /** From arrival to answer. */
  readonly ms: number;
  /** Calls of tables that were made again. */
  readonly retries: number;
}

/** What an import finds out about itself on its way. */
export interface ImportProgress {
  retries: number;
  outcome?: ReceiptOutcome;
}

/** What reporting needs. */
export interface ReportingDeps {
  /** Told once of every import whose envelope was sound, however it ended. */
  readonly onImport: (report: ImportReport) => void;
  readonly now: Clock;
}

/** Waits for an import's end and reports it. It takes the import's promise, so that no closure keeps the body alive. */
export const reported = async (
  { onImport, now }: ReportingDeps,
  orgId: string,
  { id, endpoint, receivedAt, received }: OpeningReceipt,
  progress: ImportProgress,
  running: Promise<ApiResponse>,
): Promise<ApiResponse> => {
  let complete = false;
  try {
    const answer = await running;
    complete = true;
    return answer;
  } finally {
    const { imported = 0, skipped = 0, reasons = {} } = progress.outcome ?? {};
    const ms = now() - Date.parse(receivedAt);
    const { retries } = progress;
    onImport({ orgId, importId: id, endpoint, received, imported, skipped, reasons, complete, ms, retries });
  }
};

/** 503: part of the batch is not stored. The same batch again stores the rest and changes nothing of what is there. */
export const notAllStored = (
  importId: string | undefined,
  stored: number,
  left: number,
  what: string,
): ApiError =>
  new ApiError(
    503,
    'not_all_stored',
    `${left} of ${stored + left} ${what} could not be stored in time. Sending the same batch again is safe.`,
    { headers: { 'retry-after': '5', ...(importId !== undefined && { [IMPORT_ID_HEADER]: importId }) } },
  );

/** For what comes before the receipt is written: there, running out of time means that nothing is stored. */
export const asNothingStored =
  (entries: number, what: string) =>
  (error: unknown): never => {
    if (error instanceof OutOfTimeError) throw notAllStored(undefined, 0, entries, what);
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
