import fc from 'fast-check';
import {
  budgetOf,
  isPermanent,
  isRefusal,
  isThrottle,
  partOf,
  pauseBefore,
  retrying,
} from '#shared/aws/retry.ts';
import { OutOfTimeError } from '#shared/time/out-of-time.ts';
import { aBudget, anAwsError, NOW } from '#test/support/builders.ts';

const failing = (code: string) => Object.assign(new Error(code), { code });
const named = (name: string) => Object.assign(new Error(name), { name });

const cancelled = (...codes: readonly string[]) =>
  Object.assign(anAwsError('TransactionCanceledException', 400), {
    CancellationReasons: codes.map((Code) => ({ Code })),
  });

describe('isPermanent', () => {
  it.each([
    ['ValidationException', 400],
    ['ResourceNotFoundException', 400],
    ['AccessDeniedException', 400],
    ['ConditionalCheckFailedException', 400],
    ['ItemCollectionSizeLimitExceededException', 400],
    ['UnrecognizedClientException', 400],
  ])('is true of %s', (name, status) => {
    expect(isPermanent(anAwsError(name, status))).toBe(true);
  });

  it.each([
    [[]],
    [['None', 'ConditionalCheckFailed']],
    [['ThrottlingError', 'ConditionalCheckFailed']],
    [['ValidationError']],
  ])('is true of a transaction cancelled by %j', (codes) => {
    expect(isPermanent(cancelled(...codes))).toBe(true);
  });

  it.each([
    ['throttling by the table', anAwsError('ProvisionedThroughputExceededException', 400)],
    ['throttling by the account', anAwsError('RequestLimitExceeded', 400)],
    ['throttling', anAwsError('ThrottlingException', 400)],
    ['any 429', anAwsError('Whatever', 429)],
    ['a 500', anAwsError('InternalServerError', 500)],
    ['a 503', anAwsError('ServiceUnavailable', 503)],
    ['an error that the SDK marks as retryable', Object.assign(anAwsError('Odd', 400), { $retryable: {} })],
    ['a reset connection', failing('ECONNRESET')],
    ['a host name that does not resolve', failing('EAI_AGAIN')],
    ['a time-out of the client', named('TimeoutError')],
    ['an aborted call', named('AbortError')],
    ['an item in another transaction', anAwsError('TransactionConflictException', 400)],
    ['a transaction that is still in progress', anAwsError('TransactionInProgressException', 400)],
    ['a transaction cancelled by throttling', cancelled('None', 'ThrottlingError')],
    ['an unknown error', new Error('?')],
    ['a value that is not an error', 'text'],
    ['undefined', undefined],
  ])('is false of %s', (_case, error) => {
    expect(isPermanent(error)).toBe(false);
  });
});

describe('isRefusal', () => {
  it.each([
    ['an item that is invalid', anAwsError('ValidationException', 400)],
    ['an invalid item of a transaction', cancelled('None', 'ValidationError')],
  ])('is true of %s', (_case, error) => {
    expect(isRefusal(error)).toBe(true);
  });

  it.each([
    ['a missing permission', anAwsError('AccessDeniedException', 400)],
    ['a missing table', anAwsError('ResourceNotFoundException', 400)],
    ['a condition that fails', cancelled('None', 'ConditionalCheckFailed')],
    ['throttling', anAwsError('ThrottlingException', 400)],
    ['a 500', anAwsError('InternalServerError', 500)],
    ['an unknown error', new Error('?')],
    ['undefined', undefined],
  ])('is false of %s', (_case, error) => {
    expect(isRefusal(error)).toBe(false);
  });
});

describe('isThrottle', () => {
  it.each([
    [anAwsError('ProvisionedThroughputExceededException', 400), true],
    [anAwsError('ThrottlingException', 400), true],
    [anAwsError('Whatever', 429), true],
    [anAwsError('InternalServerError', 500), false],
    [new Error('?'), false],
    ['ThrottlingException', false],
  ])('of %s is %s', (error, expected) => {
    expect(isThrottle(error)).toBe(expected);
  });
});

describe('pauseBefore', () => {
  it.each([
    [1, false, 25],
    [2, false, 50],
    [5, false, 400],
    [1, true, 100],
    [2, true, 200],
    [6, true, 2_000],
    [60, false, 2_000],
    [5_000, true, 2_000],
  ])('attempt %d (throttled: %s) is random between 0 and %d ms', (attempt, throttled, bound) => {
    expect(pauseBefore(attempt, throttled, () => 0)).toBe(0);
    expect(pauseBefore(attempt, throttled, () => 0.5)).toBe(bound / 2);
    expect(pauseBefore(attempt, throttled, () => 1)).toBe(bound);
  });
});

describe('budgetOf', () => {
  it('ends after the given time, with the real clock’s sleep and random pauses', async () => {
    const budget = budgetOf(1_500, () => NOW);

    expect(budget.deadline).toBe(NOW + 1_500);
    expect(budget.now()).toBe(NOW);
    await expect(budget.sleep(0)).resolves.toBeUndefined();
    const randoms = Array.from({ length: 20 }, () => budget.random());
    expect(randoms.every((random) => random >= 0 && random < 1)).toBe(true);
    expect(new Set(randoms).size).toBeGreaterThan(1);
  });
});

describe('retrying', () => {
  /** Throws the errors in turn, then answers; each call takes some time. */
  const aCall = (errors: readonly unknown[], advance: (ms: number) => void = () => undefined, ms = 1) => {
    const made = { calls: 0 };
    const call = async (): Promise<string> => {
      advance(ms);
      const error = errors[made.calls++];
      if (error !== undefined) throw error;
      return 'answer';
    };
    return { call, made };
  };

  it('returns the result of the call', async () => {
    const { call, made } = aCall([]);

    expect(await retrying(call, aBudget())).toBe('answer');
    expect(made.calls).toBe(1);
  });

  it('retries after throttling, failures and unknown errors until the call succeeds', async () => {
    const errors = [
      anAwsError('ThrottlingException', 400),
      anAwsError('InternalServerError', 500),
      new Error('?'),
    ];
    const { call, made } = aCall(errors);
    const budget = aBudget();

    expect(await retrying(call, budget)).toBe('answer');
    expect(made.calls).toBe(4);
    expect(budget.pauses).toEqual([50, 25, 50]);
  });

  it('throws a permanent error unchanged and immediately', async () => {
    const error = anAwsError('ConditionalCheckFailedException', 400);
    const { call, made } = aCall([error]);

    await expect(retrying(call, aBudget())).rejects.toBe(error);
    expect(made.calls).toBe(1);
  });

  it('throws OutOfTimeError with the last failure as its cause when the time is up', async () => {
    const last = anAwsError('InternalServerError', 503);
    const budget = aBudget(1_000);
    const { call } = aCall(
      Array.from({ length: 99 }, () => last),
      budget.advance,
    );

    const thrown = await retrying(call, budget).catch((error: unknown) => error);

    expect(thrown).toBeInstanceOf(OutOfTimeError);
    expect((thrown as OutOfTimeError).cause).toBe(last);
  });

  it('makes no call if there is no time', async () => {
    const { call, made } = aCall([]);

    await expect(retrying(call, aBudget(0))).rejects.toThrow(OutOfTimeError);
    expect(made.calls).toBe(0);
  });

  it('aborts a hanging call at the deadline', async () => {
    const budget = aBudget(30);
    const hanging = (signal: AbortSignal): Promise<never> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          budget.advance(30);
          reject(signal.reason);
        });
      });
    const awake = setInterval(() => undefined, 5);

    const run = retrying(hanging, budget).finally(() => clearInterval(awake));

    await expect(run).rejects.toThrow(OutOfTimeError);
  });

  // The pause is limited to the time that was left before the call.
  it('does not sleep beyond the deadline', async () => {
    const budget = aBudget(1_000, () => 0.999);
    const { call } = aCall([anAwsError('ThrottlingException', 400)], budget.advance, 990);

    await retrying(call, budget).catch(() => undefined);

    expect(budget.now()).toBeLessThanOrEqual(budget.deadline);
  });

  it('starts no call after the deadline, whatever fails and however long calls take', async () => {
    const error = fc.constantFrom(
      anAwsError('ThrottlingException', 400),
      anAwsError('InternalServerError', 500),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(error, { maxLength: 30 }),
        fc.nat({ max: 500 }),
        fc.integer({ min: 1, max: 3_000 }),
        async (errors, callMs, ms) => {
          const budget = aBudget(ms);
          const begunAt: number[] = [];
          const { call } = aCall(errors, budget.advance, callMs);

          const outcome = await retrying(() => {
            begunAt.push(budget.now());
            return call();
          }, budget).catch((thrown: unknown) => thrown);

          expect(begunAt.every((at) => at < budget.deadline)).toBe(true);
          expect(outcome === 'answer' || outcome instanceof OutOfTimeError).toBe(true);
          expect(outcome === 'answer').toBe(begunAt.length === errors.length + 1);
        },
      ),
    );
  });
});

describe('a part of a budget', () => {
  it.each([
    [1_000, NOW + 1_000],
    [90_000, NOW + 60_000],
  ])('of %i ms ends no later than the whole budget', (ms, deadline) => {
    const whole = { ...aBudget(), now: () => NOW, deadline: NOW + 60_000 };

    expect(partOf(whole, ms)).toEqual({ ...whole, deadline });
  });
});
