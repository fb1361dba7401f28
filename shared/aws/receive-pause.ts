import * as v from 'valibot';
import { isPermanent } from './retry.ts';

/**
 * The pause before the second receive of a message that failed for a transient cause, in seconds; it doubles each
 * time.
 */
const FIRST_PAUSE_SECONDS = 5;

/** The longest pause: after an outage has ended, a message waits for at most five minutes. */
const MAX_PAUSE_SECONDS = 300;

/** A message that cannot succeed reaches the dead-letter queue, and raises its alarm, within seconds. */
const PERMANENT_PAUSE_SECONDS = 1;

/**
 * Whether a retry of a message cannot succeed: AWS refused a request, or stored or sent data cannot be parsed. An
 * `AggregateError` is permanent if each of its errors is. Unknown errors count as transient.
 */
export const isPermanentFailure = (error: unknown): boolean => {
  if (error instanceof AggregateError && error.errors.length > 0)
    return error.errors.every(isPermanentFailure);
  return error instanceof v.ValiError || error instanceof SyntaxError || isPermanent(error);
};

const transientPause = (attempt: number): number =>
  Math.min(MAX_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (attempt - 1));

/**
 * The pause before a failed message is received again, in seconds.
 * @param attempt - 1 for the receive that failed first
 */
export const receivePause = (attempt: number, error: unknown): number =>
  isPermanentFailure(error) ? PERMANENT_PAUSE_SECONDS : transientPause(attempt);

/**
 * How long a message in hand is invisible after each extension, in seconds: if its worker is killed, it is received again
 * after that. It is never shorter than the pause after a transient failure, so that workers which are killed for as long as
 * an outage lasts cause no dead letters either.
 *
 * @param attempt - 1 for the first receive
 * @param holdSeconds - the shortest time
 */
export const holdTime = (attempt: number, holdSeconds: number): number =>
  Math.max(holdSeconds, transientPause(attempt));
