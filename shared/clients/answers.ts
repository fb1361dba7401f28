import type { ErrorDetails } from '../http/api.ts';

/**
 * The body of an error for every client at once: the API's own shape, and beside it what clients look for. The Python clients
 * of RudderStack, June and Customer.io read `code` and `message`, and send a refused request again for minutes if one of them is
 * missing; Customer.io's clients print `meta.error`. Source: clients as they were recorded.
 *
 * @param errors - what Customer.io's Track API v2 returns; for v1, `meta.errors` has its texts
 */
export const clientErrorBody = (
  { code, message, requestId }: ErrorDetails,
  errors?: readonly TrackError[],
): object => ({
  error: { code, message, requestId },
  code,
  message,
  meta: { error: message, errors: errors?.map((each) => each.message) ?? [message] },
  ...(errors && { errors }),
});

/** An error of Customer.io's Track API v2. */
export interface TrackError {
  /** The position of the operation in a batch. */
  readonly batch_index?: number;
  readonly reason: 'required' | 'invalid' | 'not_supported';
  readonly field: string;
  readonly message: string;
}

/** The answer to accepted Segment-shaped messages: June's clients read `status`, all others `success`. */
export const ACCEPTED = { status: 200, success: true } as const;
