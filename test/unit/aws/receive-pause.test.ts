import * as v from 'valibot';
import { isPermanentFailure, receivePause } from '#shared/aws/receive-pause.ts';
import { MAX_RECEIVES } from '#shared/deployment/names.ts';
import { OutOfTimeError } from '#shared/time/out-of-time.ts';

const refused = Object.assign(new Error('No'), { name: 'ValidationException', $fault: 'client' });
const unparsed = new v.ValiError([{} as never]);
const outOfTime = new OutOfTimeError('The time is up');

/** The pauses of a message that fails at each receive for one reason. */
const pausesBy = (error: unknown): number[] =>
  Array.from({ length: MAX_RECEIVES - 1 }, (_, nth) => receivePause(nth + 1, error));

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

describe('what failed', () => {
  it.each([
    ['a refusal of the service', refused, true],
    ['what does not parse', unparsed, true],
    ['what is no JSON', new SyntaxError('Unexpected token'), true],
    ['the time', outOfTime, false],
    ['what nobody knows', new Error('?'), false],
    ['what is no error', 'text', false],
    ['several, all of them permanent', new AggregateError([refused, unparsed]), true],
    ['several, one of them transient', new AggregateError([refused, outOfTime]), false],
    ['several that say nothing', new AggregateError([]), false],
  ])('by %s is permanent or not: %#', (_case, error, expected) => {
    expect(isPermanentFailure(error)).toBe(expected);
  });
});

describe('the pause before the next receive', () => {
  it('doubles from five seconds to five minutes where the failure is transient', () => {
    expect(pausesBy(outOfTime)).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
  });

  it('adds up to more than ten minutes then, so that such a trouble makes no dead letter', () => {
    expect(sum(pausesBy(outOfTime))).toBeGreaterThan(2 * 10 * 60);
  });

  it('is short where the failure is permanent, which ends in the dead-letter queue within seconds', () => {
    expect(sum(pausesBy(refused))).toBeLessThan(20);
  });
});
