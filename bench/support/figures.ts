import { hasTime } from './pace.ts';

/** The median and the range of several readings. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** The number of readings. */
  readonly of: number;
}

/** One figure of a path. If it is compared with a floor of the same run, it has a ratio. */
export interface Figure {
  /** What was done, for example `email, 10,000 events of 2,000 contacts, first send`. */
  readonly path: string;
  /** What was measured, and its unit, for example `wall ms`. */
  readonly what: string;
  readonly value: Spread;
  /** The minimum that achieves the same, in the same unit. */
  readonly floor?: Spread;
  /** A description of the floor, for example `bare BatchWriteItem`. */
  readonly floorIs?: string;
  /** The ratio of value to floor, pair by pair. */
  readonly ratio?: Spread;
  /** The bound of the median ratio if there is one, else of the median value. */
  readonly goal?: Goal;
}

/** A maximum or, for a rate, a minimum. */
export type Goal = number | { readonly atLeast: number };

/** The spread of readings. @throws Error if there are none */
export const spreadOf = (readings: readonly number[]): Spread => {
  if (readings.length === 0) throw new Error('There are no readings');
  const sorted = [...readings].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] as number;
  const lower = sorted[Math.ceil(middle) - 1] as number;
  return {
    median: (lower + upper) / 2,
    min: sorted[0] as number,
    max: sorted.at(-1) as number,
    of: sorted.length,
  };
};

/** A figure without a floor. */
export const figureOf = (path: string, what: string, readings: readonly number[], goal?: Goal): Figure => ({
  path,
  what,
  value: spreadOf(readings),
  ...(goal !== undefined && { goal }),
});

/** A reading of a path and one of its floor, taken in immediate succession. */
export interface Pair<Reading = number> {
  readonly value: Reading;
  readonly floor: Reading;
}

/** A figure with its floor and the ratio of both. */
export const figureOfPairs = (
  path: string,
  what: string,
  floorIs: string,
  pairs: readonly Pair[],
  goal?: Goal,
): Figure => ({
  path,
  what,
  value: spreadOf(pairs.map(({ value }) => value)),
  floor: spreadOf(pairs.map(({ floor }) => floor)),
  floorIs,
  ratio: spreadOf(pairs.map(({ value, floor }) => value / floor)),
  ...(goal !== undefined && { goal }),
});

/** The maximum number of rounds; see `pace.ts`. */
export interface TurnOptions {
  /** Rounds that count. @default 5 */
  readonly rounds?: number;
  /** Rounds before them that do not count. @default 1 */
  readonly warmUps?: number;
}

/** Wall time in ms. */
export const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return performance.now() - began;
};

/**
 * Takes readings of several works in turn, so that drifting machine speed affects all of them.
 *
 * @param works - each takes a reading; each round must be new work
 * @returns the readings of each round that counts, in the order of the works
 */
export const takeTurns = async <T>(
  works: readonly ((round: number) => Promise<T>)[],
  { rounds = 5, warmUps = 1 }: TurnOptions = {},
): Promise<T[][]> => {
  const taken: T[][] = [];
  for (let round = 0; round < warmUps + rounds; round++) {
    if (taken.length > 0 && !hasTime()) break;
    const readings: T[] = [];
    for (let turn = 0; turn < works.length; turn++) {
      // Later works find a warmer machine, so each work is first equally often.
      const nth = (round + turn) % works.length;
      readings[nth] = await (works[nth] as (typeof works)[number])(round);
    }
    if (round >= warmUps) taken.push(readings);
  }
  return taken;
};

/**
 * Takes readings of a path and its floor in turn.
 *
 * @param work - takes a reading of the path, or several related ones; each round must be new work
 * @param floor - takes the same readings of the floor
 */
export const takePairs = async <Reading = number>(
  work: (round: number) => Promise<Reading>,
  floor: (round: number) => Promise<Reading>,
  options?: TurnOptions,
): Promise<Pair<Reading>[]> => {
  const taken = await takeTurns([work, floor], options);
  return taken.map((readings) => ({ value: readings[0] as Reading, floor: readings[1] as Reading }));
};

/** Takes pairs of wall times. */
export const timePairs = (
  work: (round: number) => Promise<unknown>,
  floor: (round: number) => Promise<unknown>,
  options?: TurnOptions,
): Promise<Pair[]> =>
  takePairs(
    (round) => timed(() => work(round)),
    (round) => timed(() => floor(round)),
    options,
  );

/**
 * The growth of the cost from ten times to a hundred times the work: 1 is proportional, less means a lower cost per unit of
 * work, more a higher one. The cost of no work is subtracted first, because it would hide growth.
 */
export const slopeOf = (cost: {
  readonly none: number;
  readonly tenfold: number;
  readonly hundredfold: number;
}): number => Math.log10((cost.hundredfold - cost.none) / (cost.tenfold - cost.none));
