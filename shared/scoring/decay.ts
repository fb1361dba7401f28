/**
 * Exponentially decaying sums: `Σ weight · 2^(−(now − occurredAt) / halfLife)`. Terms with the same half-life decay
 * at the same rate, so the sum at one moment determines the sum at any later one. Moments and half-lives are in
 * milliseconds.
 */

/** The value of a decaying sum at a moment. */
export interface DecayedSum {
  readonly sum: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * The sum at another moment. One event's contribution is the value of `{sum: weight, at: occurredAt}`.
 *
 * As in the formula, a sum other than 0 never becomes 0: if a double would underflow, the result is the smallest
 * double of the same sign.
 */
export const valueAt = ({ sum, at }: DecayedSum, halfLifeMs: number, moment: number): number =>
  // A sum of 0 stays 0 even long before its moment, where the product would be 0 · Infinity.
  sum === 0 ? 0 : sum * 2 ** ((at - moment) / halfLifeMs) || Math.sign(sum) * Number.MIN_VALUE;

/**
 * The length of an epoch in half-lives. Terms are stored as of the beginning of their epoch, where they are between 1
 * and 2^64 times their weight, so that no age underflows; between epochs they are scaled by powers of two, which is
 * exact.
 */
const EPOCH_HALF_LIVES = 64;

/** `2^(−64·n)` by n; beyond the last entry, a double is 0. */
const EPOCHS_LATER = Float64Array.from({ length: 17 }, (_, epochs) => 2 ** (-EPOCH_HALF_LIVES * epochs));

const scaleOver = (epochs: number): number =>
  epochs < EPOCHS_LATER.length ? (EPOCHS_LATER[epochs] as number) : 0;

/** A sum under construction. Terms may be added in any order, which affects only the rounding of the last bits. */
export interface DecayingTotal {
  /** The sum as of the beginning of the epoch. */
  sum: number;
  /** The rounding error of the sum (Neumaier's summation), as of the beginning of the epoch. */
  compensation: number;
  epoch: number;
}

/** A sum without terms. */
export const emptyTotal = (): DecayingTotal => ({ sum: 0, compensation: 0, epoch: Number.NEGATIVE_INFINITY });

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
    total.compensation *= scale;
    total.epoch = epoch;
  }
  const sum = total.sum + term;
  total.compensation +=
    Math.abs(total.sum) >= Math.abs(term) ? total.sum - sum + term : term - sum + total.sum;
  total.sum = sum;
};

/** The total's value at a moment. Its error is below 1e-9 times the sum of the absolute values of its terms. */
export const settle = (
  { sum, compensation, epoch }: DecayingTotal,
  halfLifeMs: number,
  at: number,
): DecayedSum => ({
  sum: valueAt({ sum: sum + compensation, at: epoch * EPOCH_HALF_LIVES * halfLifeMs }, halfLifeMs, at),
  at,
});

const bits = new DataView(new ArrayBuffer(8));

/**
 * A double as 16 hex digits that sort like the numbers: the sign bit is flipped, and for negatives all other bits
 * too.
 */
const orderedHex = (value: number): string => {
  bits.setFloat64(0, value);
  const image = bits.getBigUint64(0);
  const ordered = image >> 63n ? ~image & 0xffff_ffff_ffff_ffffn : image | 0x8000_0000_0000_0000n;
  return ordered.toString(16).padStart(16, '0');
};

/**
 * Levels are rounded to a 2^30th, which is 6.5e-10 of a sum: the same sum settled at two moments differs in the last
 * bits of a double, and each difference would cause a needless write to the index. One contact in thousands lies on a
 * rounding edge.
 */
const LEVELS_PER_DOUBLING = 2 ** 30;

/**
 * A text of 17 characters that sorts like the sums' values at any moment, so it needs no update as time passes:
 * `log2(sum) + at / halfLife` does not change with time. Positive sums rank above zero, negative ones below and in
 * reverse. Only ranks of the same half-life are comparable; sums that differ by less than 1e-9 of their value may
 * have equal or swapped ranks.
 */
export const rankOf = ({ sum, at }: DecayedSum, halfLifeMs: number): string => {
  if (sum === 0) return `1${'0'.repeat(16)}`;
  const exact = Math.log2(Math.abs(sum)) + at / halfLifeMs;
  const level = Math.round(exact * LEVELS_PER_DOUBLING) / LEVELS_PER_DOUBLING;
  return sum > 0 ? `2${orderedHex(level)}` : `0${orderedHex(-level)}`;
};
