import { budgetOf } from '#shared/aws/retry.ts';
import type { ApiRequest } from '#shared/http/api.ts';
import { ApiError, badRequest } from '#shared/http/api-error.ts';
import { jsonBody } from '#shared/http/json-body.ts';
import type { ImportBatch } from '#shared/imports/import-run.ts';
import type { ImportEndpoint } from '#shared/imports/receipt.ts';
import type { Clock } from '#shared/time/clock.ts';

/** What a batch endpoint accepts. */
export interface BatchShape {
  readonly endpoint: ImportEndpoint;
  /** The name of the array in the body. */
  readonly field: string;
  /** The most entries of one request. */
  readonly limit: number;
}

/**
 * API Gateway ends a request after 29 s. Before that, the answer must say what is not stored, and the receipt must be
 * closed. The context's remaining time does not help: it is the function's, not the gateway's.
 */
const WORK_MS = 22_000;

/** For closing the receipt after that. */
const CLOSE_MS = 4_000;

/**
 * The batch in a request, with the time that API Gateway leaves for it.
 *
 * @throws ApiError 400 where the array is missing or not an array, 413 where it has too many entries, and what `jsonBody` throws;
 * nothing is stored then
 */
export const batchOf = (request: ApiRequest, shape: BatchShape, now: Clock): ImportBatch => {
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
    orgId: request.orgId,
    source: endpoint,
    entries,
    receivedAt,
    budget: { work: budgetOf(WORK_MS, now), closing: () => budgetOf(CLOSE_MS, now) },
  };
};
