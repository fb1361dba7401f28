import { type DecayedSum, valueAt } from './decay.ts';

/** An inclusive lower or upper bound. */
export interface Bound {
  readonly is: 'atLeast' | 'atMost';
  readonly limit: number;
}

/** Whether a value satisfies a bound. */
export const satisfiesBound = (value: number, { is, limit }: Bound): boolean =>
  is === 'atLeast' ? value >= limit : value <= limit;

/** Later moments have no four-digit year, so their ISO 8601 text would not sort by time. */
const LAST_MOMENT = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * The first whole millisecond after `now` at which decay alone makes the sum start or stop satisfying a bound. It is
 * exact in the arithmetic of {@link valueAt}; a bound of 0 is never reached.
 *
 * @param now - whole milliseconds since 1970
 * @returns milliseconds since 1970; undefined if that never happens, or not before the year 10000
 */
export const crossingOf = (
  sum: DecayedSum,
  halfLifeMs: number,
  bound: Bound,
  now: number,
): number | undefined => {
  const satisfiedNow = satisfiesBound(valueAt(sum, halfLifeMs, now), bound);
  // A value approaches 0 without reaching it, so it crosses the limit once or not at all.
  if (satisfiedNow === satisfiesBound(Math.sign(sum.sum) * Number.MIN_VALUE, bound)) return undefined;
  const isPassed = (moment: number): boolean =>
    satisfiesBound(valueAt(sum, halfLifeMs, moment), bound) !== satisfiedNow;

  const halfLives = Math.log2(Math.abs(sum.sum)) - Math.log2(Math.abs(bound.limit));
  let passed = Math.max(now + 1, Math.floor(sum.at + halfLifeMs * halfLives));
  let before = passed;
  // The closed form has rounding errors: step away from it until the crossing is bracketed, then bisect.
  for (let step = 1; !isPassed(passed); step *= 2) {
    before = passed;
    passed += step;
  }
  for (let step = 1; before > now && isPassed(before); step *= 2) {
    passed = before;
    before = Math.max(now, before - step);
  }
  while (passed - before > 1) {
    const middle = before + Math.floor((passed - before) / 2);
    if (isPassed(middle)) passed = middle;
    else before = middle;
  }
  return passed > LAST_MOMENT ? undefined : passed;
};
