import { budgetOf } from '#shared/aws/retry.ts';
import type { ApiRequest } from '#shared/http/api.ts';
import { ApiError, badRequest } from '#shared/http/api-error.ts';
import { jsonBody } from '#shared/http/json-body.ts';
import type { ImportBatch } from '#shared/imports/import-run.ts';
import type { ImportEndpoint } from '#shared/imports/receipt.ts';
import type { Clock } from '#shared/time/clock.ts';

/** The shape of a batch endpoint. */
export interface BatchShape {
  readonly endpoint: ImportEndpoint;
  /** The name of the array in the body. */
  readonly field: string;
  /** The maximum number of entries in a request. */
  readonly limit: number;
}

/**
 * The time limit for storing a batch, in ms. API Gateway ends a request after 29 s; before that, the receipt
 * must be closed and the response must state what is not stored. The remaining time of the context does not
 * help: it is that of the function, not of the gateway.
 */
const WORK_MS = 22_000;

/** The time limit for closing the receipt after that, in ms. */
const CLOSE_MS = 4_000;

/**
 * Parses the batch in a request, and sets its time limits.
 *
 * @throws ApiError 400 if the array is missing or not an array, 413 if it has too many entries, and the
 * errors of `jsonBody`; then nothing is stored
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
