import { isThrottlingError, isTransientError } from '@smithy/core/retry';
import type { Clock } from '../time/clock.ts';
import { OutOfTimeError } from '../time/out-of-time.ts';

type SdkError = Parameters<typeof isThrottlingError>[0];

/** How long an operation may be retried, with its sources of time and randomness. */
export interface RetryBudget {
  /** The moment (ms since 1970) after which nothing is retried. */
  readonly deadline: number;
  readonly now: Clock;
  /** Returns a number from 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  /** Resolves after a number of milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
}

/**
 * Creates a budget that uses the system's timers and randomness.
 * @param ms - its duration, from now
 */
export const budgetOf = (ms: number, now: Clock = Date.now): RetryBudget => ({
  deadline: now() + ms,
  now,
  random: Math.random,
  sleep: (pause) => new Promise((resolve) => setTimeout(resolve, pause)),
});

/**
 * Creates a budget that ends no later than another, with the same clock and randomness.
 * @param ms - its duration, from now; it is cut short at the deadline of `budget`
 */
export const partOf = (budget: RetryBudget, ms: number): RetryBudget => ({
  ...budget,
  deadline: Math.min(budget.deadline, budget.now() + ms),
});

/**
 * The maximum time for retries of a single call, whatever the caller's budget: a table that does not respond for ten
 * seconds has an outage, and a message that waits in its queue for the end of the outage occupies no worker.
 */
const CALL_MS = 10_000;

/** The budget of one call. */
export const callBudget = (budget?: RetryBudget): RetryBudget =>
  budget === undefined ? budgetOf(CALL_MS) : partOf(budget, CALL_MS);

/** The upper bound of the first pause. The SDK's standard mode also starts DynamoDB at 25 ms. */
const BASE_MS = 25;

/** The upper bound of the first pause after a throttle, which concerns the next second rather than millisecond. */
const THROTTLE_BASE_MS = 100;

/** The upper bound of all pauses: a request has seconds, not minutes. */
const CAP_MS = 2_000;

/**
 * A pause in ms with full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"): a random duration below a
 * bound that doubles with each attempt.
 * @param attempt - 1 for the attempt that failed first
 */
export const pauseBefore = (attempt: number, throttled: boolean, random: () => number): number =>
  random() * Math.min(CAP_MS, (throttled ? THROTTLE_BASE_MS : BASE_MS) * 2 ** (attempt - 1));

/**
 * Transient errors that the SDK treats as permanent: an item is part of another transaction, or the same transaction is
 * still in progress.
 */
const TRANSIENT_CLIENT_ERRORS: ReadonlySet<string> = new Set([
  'TransactionConflictException',
  'TransactionInProgressException',
]);

/** Transient reasons for the cancellation of a transaction. Source: API reference, TransactWriteItems. */
const TRANSIENT_CANCELLATIONS: ReadonlySet<string> = new Set([
  'TransactionConflict',
  'ProvisionedThroughputExceeded',
  'ThrottlingError',
]);

interface Fault {
  readonly $fault?: string;
  readonly $retryable?: object;
  readonly CancellationReasons?: readonly { readonly Code?: string }[];
}

/** Whether a transaction was cancelled, and for transient reasons only. */
const isTransientCancellation = ({ CancellationReasons = [] }: Fault): boolean => {
  const codes = CancellationReasons.flatMap(({ Code = 'None' }) => (Code === 'None' ? [] : [Code]));
  return codes.length > 0 && codes.every((code) => TRANSIENT_CANCELLATIONS.has(code));
};

/**
 * Whether a retry cannot succeed: the service understood the request and refused it.
 * All other errors, including unknown ones, count as transient.
 */
export const isPermanent = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  const fault = error as SdkError & Fault;
  return (
    fault.$fault === 'client' &&
    !TRANSIENT_CLIENT_ERRORS.has(fault.name) &&
    !isTransientCancellation(fault) &&
    fault.$retryable === undefined &&
    !isThrottlingError(fault) &&
    !isTransientError(fault)
  );
};

/**
 * Whether AWS refused the content of a request, such as a key that is too long. A permanent error of another kind, such
 * as a missing permission or table, affects every request and ends with a deployment; this one affects the item alone.
 */
export const isRefusal = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === 'ValidationException' ||
    ((error as Fault).CancellationReasons ?? []).some(({ Code }) => Code === 'ValidationError'));

/** Whether an error is a throttle, as opposed to a failure. */
export const isThrottle = (error: unknown): boolean =>
  error instanceof Error && isThrottlingError(error as SdkError);

/**
 * Repeats a call until it succeeds, with jittered pauses, until the budget's deadline.
 *
 * @param call - the call, which must be safe to repeat; its signal aborts it at the deadline
 * @param onRetry - called before every retry
 * @throws the call's own error if it is permanent; {@link OutOfTimeError} when the deadline passes
 */
export const retrying = async <T>(
  call: (signal: AbortSignal) => Promise<T>,
  budget: RetryBudget,
  onRetry?: () => void,
): Promise<T> => {
  let cause: unknown;
  for (let attempt = 1; ; attempt++) {
    const left = budget.deadline - budget.now();
    if (left <= 0) throw new OutOfTimeError('The deadline has passed', { cause });
    try {
      return await call(AbortSignal.timeout(left));
    } catch (error) {
      if (isPermanent(error)) throw error;
      cause = error;
      onRetry?.();
      const pause = pauseBefore(attempt, isThrottle(error), budget.random);
      await budget.sleep(Math.max(0, Math.min(pause, budget.deadline - budget.now())));
    }
  }
};
