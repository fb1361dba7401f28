import { type DecayedSum, valueAt } from './decay.ts';

/** One end of what a value may be; the limit itself is within. */
export interface Bound {
  readonly is: 'atLeast' | 'atMost';
  readonly limit: number;
}

/** Whether a value keeps within a bound. */
export const meets = (value: number, { is, limit }: Bound): boolean =>
  is === 'atLeast' ? value >= limit : value <= limit;

/** Later moments have no ISO 8601 text of four-digit years, which sorts; nobody waits for them either. */
const LAST_MOMENT = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * The first whole millisecond after `now` at which the sum meets a bound that it does not meet now, or the reverse, by
 * decay alone. Exact by the very arithmetic of {@link valueAt}; a bound of 0 is never reached.
 *
 * @param now - a whole millisecond
 * @returns undefined where that is never, or not before the year 10000
 */
export const crossingOf = (
  sum: DecayedSum,
  halfLifeMs: number,
  bound: Bound,
  now: number,
): number | undefined => {
  const metNow = meets(valueAt(sum, halfLifeMs, now), bound);
  // A value only ever nears 0 and never gets there, so it passes the limit once or not at all.
  if (metNow === meets(Math.sign(sum.sum) * Number.MIN_VALUE, bound)) return undefined;
  const isPassed = (moment: number): boolean => meets(valueAt(sum, halfLifeMs, moment), bound) !== metNow;

  const halfLives = Math.log2(Math.abs(sum.sum)) - Math.log2(Math.abs(bound.limit));
  let passed = Math.max(now + 1, Math.floor(sum.at + halfLifeMs * halfLives));
  let before = passed;
  // The closed form is off by what floats round: step away from it until it is enclosed, then halve.
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
