/**
 * Sums whose terms halve with time: `Σ weight · 2^(−(now − occurredAt) / halfLife)`. All terms of one half-life decay
 * alike, so a sum at one moment determines the sum at any later one. Moments and half-lives are in milliseconds.
 */

/** What a decaying sum was at a moment. */
export interface DecayedSum {
  readonly sum: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * The sum at another moment. One event's contribution is the value of `{sum: weight, at: occurredAt}`.
 *
 * As in the formula, what is not 0 never becomes 0: where a double would underflow, the result is the least double of that sign.
 */
export const valueAt = ({ sum, at }: DecayedSum, halfLifeMs: number, moment: number): number =>
  // A sum of 0 stays 0 even long before its moment, where the product would be 0 · Infinity.
  sum === 0 ? 0 : sum * 2 ** ((at - moment) / halfLifeMs) || Math.sign(sum) * Number.MIN_VALUE;

/**
 * An epoch is this many half-lives. Terms are held as of their epoch's beginning, never smaller than their weight and
 * at most 2^64 times it, so that no age underflows; between epochs they are scaled by powers of two, which is exact.
 */
const EPOCH_HALF_LIVES = 64;

/** `2^(−64·n)`; past the last one a double is 0. */
const EPOCHS_LATER = Float64Array.from({ length: 17 }, (_, epochs) => 2 ** (-EPOCH_HALF_LIVES * epochs));

const scaleOver = (epochs: number): number =>
  epochs < EPOCHS_LATER.length ? (EPOCHS_LATER[epochs] as number) : 0;

/** A sum under construction. Terms come in any order; the order moves the result by rounding of the last bits only. */
export interface DecayingTotal {
  /** The sum, and what rounding took from it (Neumaier's summation), as of the beginning of the epoch. */
  sum: number;
  lost: number;
  epoch: number;
}

/** A sum of nothing. */
export const emptyTotal = (): DecayingTotal => ({ sum: 0, lost: 0, epoch: Number.NEGATIVE_INFINITY });

/** Adds one event's weight, which is its contribution at the moment when it occurred. */
export const addTerm = (
  total: DecayingTotal,
  halfLifeMs: number,
  weight: number,
  occurredAt: number,
): void => {
  if (weight === 0) return;
  const epochMs = EPOCH_HALF_LIVES * halfLifeMs;
  const epoch = Math.floor(occurredAt / epochMs);
  let term = weight * 2 ** ((occurredAt - epoch * epochMs) / halfLifeMs);
  if (epoch < total.epoch) {
    term *= scaleOver(total.epoch - epoch);
  } else if (epoch > total.epoch) {
    const scale = scaleOver(epoch - total.epoch);
    total.sum *= scale;
    total.lost *= scale;
    total.epoch = epoch;
  }
  const sum = total.sum + term;
  total.lost += Math.abs(total.sum) >= Math.abs(term) ? total.sum - sum + term : term - sum + total.sum;
  total.sum = sum;
};

/** The total's value at a moment. Its error is below 1e-9 of the sum of its terms' magnitudes. */
export const settle = ({ sum, lost, epoch }: DecayingTotal, halfLifeMs: number, at: number): DecayedSum => ({
  sum: valueAt({ sum: sum + lost, at: epoch * EPOCH_HALF_LIVES * halfLifeMs }, halfLifeMs, at),
  at,
});

const bits = new DataView(new ArrayBuffer(8));

/** A double as 16 hex digits in the order of the numbers: flipped sign bit, and of negatives all other bits too. */
const orderedHex = (value: number): string => {
  bits.setFloat64(0, value);
  const image = bits.getBigUint64(0);
  const ordered = image >> 63n ? ~image & 0xffff_ffff_ffff_ffffn : image | 0x8000_0000_0000_0000n;
  return ordered.toString(16).padStart(16, '0');
};

/**
 * Levels are rounded to a 2^30th, 6.5e-10 of a sum: the same sum settled at two moments differs in the last bits of a
 * double, and each difference would write the index for nothing. One contact in thousands lies on the edge of rounding.
 */
const LEVELS_A_DOUBLING = 2 ** 30;

/**
 * A text of 17 characters whose order is the order of the sums' values at any moment, so it needs no rewrite as time passes:
 * `log2(sum) + at / halfLife` does not change with time. Positive sums rank above zero, negative ones below and in
 * reverse. Comparable among sums of one half-life; sums closer than 1e-9 of themselves may rank as equal or swapped.
 */
export const rankOf = ({ sum, at }: DecayedSum, halfLifeMs: number): string => {
  if (sum === 0) return `1${'0'.repeat(16)}`;
  const exact = Math.log2(Math.abs(sum)) + at / halfLifeMs;
  const level = Math.round(exact * LEVELS_A_DOUBLING) / LEVELS_A_DOUBLING;
  return sum > 0 ? `2${orderedHex(level)}` : `0${orderedHex(-level)}`;
};
