import * as v from 'valibot';
import { isPermanent } from './retry.ts';

/** The pause before the second receive of a message that failed for a transient reason, in seconds; it doubles. */
const FIRST_PAUSE_SECONDS = 5;

/** No pause is longer: once the trouble is over, a message waits for at most five minutes. */
const MAX_PAUSE_SECONDS = 300;

/** What cannot succeed ends in the dead-letter queue within seconds, where somebody is told of it. */
const PERMANENT_PAUSE_SECONDS = 1;

/**
 * Whether trying a message again cannot help: AWS refused what was asked, or what was stored or sent does not parse. A failure
 * of several parts (an `AggregateError`) is permanent where each of them is. The unknown counts as transient.
 */
export const isPermanentFailure = (error: unknown): boolean => {
  if (error instanceof AggregateError && error.errors.length > 0)
    return error.errors.every(isPermanentFailure);
  return error instanceof v.ValiError || error instanceof SyntaxError || isPermanent(error);
};

/**
 * The pause before a message that failed is received again, in seconds.
 * @param attempt - 1 for the receive that failed first
 */
export const receivePause = (attempt: number, error: unknown): number =>
  isPermanentFailure(error)
    ? PERMANENT_PAUSE_SECONDS
    : Math.min(MAX_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (attempt - 1));
