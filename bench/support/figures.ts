import { hasTime } from './pace.ts';

/** Several readings of one thing: their middle and their ends. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** How many there are. */
  readonly of: number;
}

/** One figure of a path. Two that are set side by side in the same run have a ratio. */
export interface Figure {
  /** What was done, such as `email, 10,000 events of 2,000 contacts, first send`. */
  readonly path: string;
  /** What was measured and in which unit, such as `wall ms`. */
  readonly what: string;
  readonly value: Spread;
  /** The least that could do it, in the same unit. */
  readonly floor?: Spread;
  /** What the floor is, such as `bare BatchWriteItem`. */
  readonly floorIs?: string;
  /** Of value to floor, pair by pair. */
  readonly ratio?: Spread;
  /** What it should be at most: of the ratio where there is one, else of the value. */
  readonly goal?: number;
}

export const spreadOf = (readings: readonly number[]): Spread => {
  if (readings.length === 0) throw new Error('No readings, no spread');
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

/** A figure that stands by itself. */
export const figureOf = (path: string, what: string, readings: readonly number[], goal?: number): Figure => ({
  path,
  what,
  value: spreadOf(readings),
  ...(goal !== undefined && { goal }),
});

/** A reading of a path and one of its floor, taken one right after the other. */
export interface Pair<Reading = number> {
  readonly value: Reading;
  readonly floor: Reading;
}

/** A figure beside its floor. */
export const figureOfPairs = (
  path: string,
  what: string,
  floorIs: string,
  pairs: readonly Pair[],
  goal?: number,
): Figure => ({
  path,
  what,
  value: spreadOf(pairs.map(({ value }) => value)),
  floor: spreadOf(pairs.map(({ floor }) => floor)),
  floorIs,
  ratio: spreadOf(pairs.map(({ value, floor }) => value / floor)),
  ...(goal !== undefined && { goal }),
});

/** How often readings are taken, at most: see `pace.ts`. */
export interface TurnOptions {
  /** Rounds that count. @default 5 */
  readonly rounds?: number;
  /** Rounds before them that do not. @default 1 */
  readonly warmUps?: number;
}

/** Wall time in ms. */
export const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return performance.now() - began;
};

/**
 * Takes readings of several works in turn, so that a machine whose speed drifts slows all of them.
 *
 * @param works - each takes a reading; each round must be new work
 * @returns for each round that counts the readings, in the order of the works
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
      // Whoever comes later finds the machine warmer; each begins as often as the others.
      const nth = (round + turn) % works.length;
      readings[nth] = await (works[nth] as (typeof works)[number])(round);
    }
    if (round >= warmUps) taken.push(readings);
  }
  return taken;
};

/**
 * Readings of a path and its floor, in turn.
 *
 * @param work - a reading of the path, or several that belong together; each round must be new work
 * @param floor - the same of the same work at its barest
 */
export const takePairs = async <Reading = number>(
  work: (round: number) => Promise<Reading>,
  floor: (round: number) => Promise<Reading>,
  options?: TurnOptions,
): Promise<Pair<Reading>[]> => {
  const taken = await takeTurns([work, floor], options);
  return taken.map((readings) => ({ value: readings[0] as Reading, floor: readings[1] as Reading }));
};

/** Pairs of wall times. */
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
 * How cost grows from ten times to a hundred times the work: 1 is in proportion, less is cheaper by the piece, more is
 * dearer. What no work at all costs is taken off first, or it would hide growth.
 */
export const slopeOf = (cost: {
  readonly none: number;
  readonly tenfold: number;
  readonly hundredfold: number;
}): number => Math.log10((cost.hundredfold - cost.none) / (cost.tenfold - cost.none));
