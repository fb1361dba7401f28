import { hash } from 'node:crypto';

/**
 * A sample of the names of many events, from which the most frequent ones are chosen. Every event has a random number, a
 * hash of its key. The sample has the names whose smallest numbers are the smallest of all, so that a name is the more
 * probably in it the more events it has; and of each name some of its smallest numbers, which tell about how many events
 * it has ("bottom-k sketch": Cohen and Kaplan, "Summarizing data using bottom-k sketches", 2007).
 *
 * A sample depends only on the set of the events that were added, not on their order, and adding an event twice changes
 * nothing. So it needs no exactly-once delivery, and samples of parts of the events can be merged.
 */
export interface NameSample {
  /** The kept numbers of each name, in ascending order. All are less than {@link limit}. */
  readonly names: ReadonlyMap<string, readonly number[]>;
  /** The smallest number of any name that is not in the sample, or {@link RANGE}: then it has all names. */
  readonly limit: number;
}

/** An event of a name. */
export interface Draw {
  readonly name: string;
  /** Its random number. */
  readonly number: number;
}

/** The number of bytes of a number: 48 bits fit a double, and are a hundred thousand times as many as a billion events. */
export const NUMBER_BYTES = 6;

/** Numbers are from 0 to this, exclusive. */
export const RANGE = 2 ** (8 * NUMBER_BYTES);

/** The maximum number of names in a sample, of which a month has 32 (see `SAMPLE_SHARDS`). */
export const MAX_NAMES = 32;

/**
 * The maximum number of kept numbers of a name. The estimate from eight has a standard error of 40%: enough to find a
 * hundred candidates for twenty places, whose exact counts are then read.
 */
export const MAX_NUMBERS = 8;

/** The sample of no events. */
export const NO_NAMES: NameSample = { names: new Map(), limit: RANGE };

/** The random number of an event, always the same. @param key - identifies the event in its organisation */
export const numberOf = (key: string): number => hash('sha256', key, 'buffer').readUIntBE(0, NUMBER_BYTES);

/** Whether adding an event would change a sample. */
const isChangedBy = ({ names, limit }: NameSample, { name, number }: Draw): boolean => {
  if (number >= limit) return false;
  const kept = names.get(name);
  if (kept === undefined) return true;
  return !kept.includes(number) && (kept.length < MAX_NUMBERS || number < (kept.at(-1) as number));
};

/**
 * The events that would change a sample. Samples only ever change downwards, so an event that would not change an earlier
 * state of a sample would not change the sample either.
 */
export const newDraws = (sample: NameSample, draws: readonly Draw[]): Draw[] =>
  draws.filter((draw) => isChangedBy(sample, draw));

const withNumber = (kept: readonly number[], number: number): readonly number[] =>
  kept.includes(number) ? kept : [...kept, number].sort((a, b) => a - b).slice(0, MAX_NUMBERS);

const smallest = (numbers: readonly number[]): number => numbers[0] as number;

/** Adds events to a sample. */
export const withDraws = (sample: NameSample, draws: readonly Draw[]): NameSample => {
  const names = new Map(sample.names);
  for (const { name, number } of draws) {
    if (number < sample.limit) names.set(name, withNumber(names.get(name) ?? [], number));
  }
  if (names.size <= MAX_NAMES) return { names, limit: sample.limit };
  const ordered = [...names].sort(
    ([a, of], [b, other]) => smallest(of) - smallest(other) || (a < b ? -1 : 1),
  );
  const limit = smallest(ordered[MAX_NAMES]?.[1] ?? [RANGE]);
  const kept = ordered.slice(0, MAX_NAMES).map(([name, numbers]) => {
    return [name, numbers.filter((number) => number < limit)] as const;
  });
  return { names: new Map(kept.filter(([, numbers]) => numbers.length > 0)), limit };
};

/**
 * The estimated number of events of a name; exact if the sample has all names and not the maximum of the name's numbers.
 * Of `n` uniform numbers the `r`th smallest is at about `r / n`; `(r - 1)` divided by it has the expectation `n`.
 */
export const estimateOf = (numbers: readonly number[], limit: number): number =>
  numbers.length < MAX_NUMBERS
    ? (numbers.length * RANGE) / limit
    : ((MAX_NUMBERS - 1) * RANGE) / (numbers[MAX_NUMBERS - 1] as number);

/** The names with the highest counts, and of equal ones the first in the order of UTF-16 code units. */
export const mostFrequent = (counts: ReadonlyMap<string, number>, most: number): string[] =>
  [...counts]
    .sort(([a, count], [b, other]) => other - count || (a < b ? -1 : 1))
    .slice(0, most)
    .map(([name]) => name);

/** The candidates for the most frequent names of several samples: those with the highest estimates. */
export const candidatesOf = (samples: readonly NameSample[], most: number): string[] => {
  const estimates = new Map<string, number>();
  for (const { names, limit } of samples) {
    for (const [name, numbers] of names) {
      estimates.set(name, (estimates.get(name) ?? 0) + estimateOf(numbers, limit));
    }
  }
  return mostFrequent(estimates, most);
};
