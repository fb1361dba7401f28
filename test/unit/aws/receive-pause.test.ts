import * as v from 'valibot';
import { holdTime, isPermanentFailure, receivePause } from '#shared/aws/receive-pause.ts';
import { MAX_RECEIVES } from '#shared/deployment/names.ts';
import { OutOfTimeError } from '#shared/time/out-of-time.ts';

const refused = Object.assign(new Error('No'), { name: 'ValidationException', $fault: 'client' });
const unparsed = new v.ValiError([{} as never]);
const outOfTime = new OutOfTimeError('The time is up');

/** The pauses of a message that fails at every receive with the same error. */
const pausesBy = (error: unknown): number[] =>
  Array.from({ length: MAX_RECEIVES - 1 }, (_, nth) => receivePause(nth + 1, error));

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

describe('a failure', () => {
  it.each([
    ['a rejection by the service', refused, true],
    ['a validation error', unparsed, true],
    ['invalid JSON', new SyntaxError('Unexpected token'), true],
    ['a passed deadline', outOfTime, false],
    ['an unknown error', new Error('?'), false],
    ['a value that is not an error', 'text', false],
    ['several errors, all of them permanent', new AggregateError([refused, unparsed]), true],
    ['several errors, one of them transient', new AggregateError([refused, outOfTime]), false],
    ['an empty list of errors', new AggregateError([]), false],
  ])('caused by %s is classified as permanent or transient: %#', (_case, error, expected) => {
    expect(isPermanentFailure(error)).toBe(expected);
  });
});

describe('the pause before the next receive', () => {
  it('doubles from five seconds to five minutes after a transient failure', () => {
    expect(pausesBy(outOfTime)).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
  });

  it('adds up to more than twenty minutes after transient failures, so that an outage causes no dead letters', () => {
    expect(sum(pausesBy(outOfTime))).toBeGreaterThan(2 * 10 * 60);
  });

  it('is short after a permanent failure, which reaches the dead-letter queue within seconds', () => {
    expect(sum(pausesBy(refused))).toBeLessThan(20);
  });
});

describe('the wait after a worker was killed', () => {
  const waits = Array.from({ length: MAX_RECEIVES - 1 }, (_, nth) => holdTime(nth + 1, 60));

  it('is a minute at first, and never shorter than the pause after a transient failure', () => {
    expect(waits).toEqual([60, 60, 60, 60, 80, 160, 300, 300, 300]);
  });

  it('adds up to more than twenty minutes, so that kills for as long cause no dead letters', () => {
    expect(sum(waits)).toBeGreaterThan(20 * 60);
  });
});
