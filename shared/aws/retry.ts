import { isThrottlingError, isTransientError } from '@smithy/core/retry';
import type { Clock } from '../time/clock.ts';
import { OutOfTimeError } from '../time/out-of-time.ts';

type SdkError = Parameters<typeof isThrottlingError>[0];

/** How long something may be tried, and by whose clock and dice. */
export interface RetryBudget {
  /** The moment (ms since 1970) after which nothing is tried again. */
  readonly deadline: number;
  readonly now: Clock;
  /** A number from 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/**
 * A budget by the machine's clock.
 * @param ms - how long, from now
 */
export const budgetOf = (ms: number, now: Clock = Date.now): RetryBudget => ({
  deadline: now() + ms,
  now,
  random: Math.random,
  sleep: (pause) => new Promise((resolve) => setTimeout(resolve, pause)),
});

/**
 * A part of a budget, by the same clock and dice.
 * @param ms - how long, from now; the whole budget's deadline holds all the same
 */
export const partOf = (budget: RetryBudget, ms: number): RetryBudget => ({
  ...budget,
  deadline: Math.min(budget.deadline, budget.now() + ms),
});

/** The first pause is at most this long. The SDK's own standard mode starts DynamoDB at 25 ms. */
const BASE_MS = 25;

/** Throttles are an answer about the next second, not about the next millisecond. */
const THROTTLE_BASE_MS = 100;

/** No pause is longer: a request has seconds, not minutes. */
const CAP_MS = 2_000;

/** Full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"): anywhere below the doubling bound. */
export const pauseBefore = (attempt: number, throttled: boolean, random: () => number): number =>
  random() * Math.min(CAP_MS, (throttled ? THROTTLE_BASE_MS : BASE_MS) * 2 ** (attempt - 1));

/**
 * Refusals of the moment that the SDK takes for permanent: an item is part of somebody's transaction, or this very
 * transaction is still under way.
 */
const TRANSIENT_REFUSALS: ReadonlySet<string> = new Set([
  'TransactionConflictException',
  'TransactionInProgressException',
]);

/** Why a transaction was cancelled, where another moment may be better. Source: API reference, TransactWriteItems. */
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

/** Whether every reason for which a transaction was cancelled is one of the moment; there is at least one. */
const isCancelledForNow = ({ CancellationReasons = [] }: Fault): boolean => {
  const codes = CancellationReasons.flatMap(({ Code = 'None' }) => (Code === 'None' ? [] : [Code]));
  return codes.length > 0 && codes.every((code) => TRANSIENT_CANCELLATIONS.has(code));
};

/**
 * Whether trying again cannot help: the service understood the request and refused it.
 * Everything else, the unknown included, counts as transient.
 */
export const isPermanent = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  const fault = error as SdkError & Fault;
  return (
    fault.$fault === 'client' &&
    !TRANSIENT_REFUSALS.has(fault.name) &&
    !isCancelledForNow(fault) &&
    fault.$retryable === undefined &&
    !isThrottlingError(fault) &&
    !isTransientError(fault)
  );
};

/** Whether the service said "slower" rather than "broken". */
export const isThrottle = (error: unknown): boolean =>
  error instanceof Error && isThrottlingError(error as SdkError);

/**
 * Makes one call until it goes through, with jittered pauses, as long as the budget lasts.
 *
 * @param call - must be safe to repeat; gets a signal that ends it at the deadline
 * @param onRetry - told of every further try
 * @throws the call's own error where it is permanent; {@link OutOfTimeError} when the time is up
 */
export const retrying = async <T>(
  call: (signal: AbortSignal) => Promise<T>,
  budget: RetryBudget,
  onRetry?: () => void,
): Promise<T> => {
  let cause: unknown;
  for (let attempt = 1; ; attempt++) {
    const left = budget.deadline - budget.now();
    if (left <= 0) throw new OutOfTimeError('The time is up', { cause });
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
