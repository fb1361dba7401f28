/** One figure of a path, beside its floor. */
export interface Figure {
  readonly path: string;
  /** What was measured, such as `wall ms`. */
  readonly what: string;
  /** Medians over the pairs, and the smallest and largest of them. */
  readonly value: Spread;
  readonly floor?: Spread;
  /** Of value to floor, pair by pair. */
  readonly ratio?: Spread;
  /** What it should be at most: of the ratio where there is a floor, else of the value. */
  readonly goal?: number;
}

/** The middle of several readings, and their ends. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export const spreadOf = (readings: readonly number[]): Spread => {
  const sorted = [...readings].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] as number;
  const lower = sorted[Math.ceil(middle) - 1] as number;
  return { median: (lower + upper) / 2, min: sorted[0] as number, max: sorted.at(-1) as number };
};

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return performance.now() - began;
};

/**
 * Times a path and its floor in turn, so that a machine whose speed drifts slows both.
 *
 * @param work - does the path's work for a round; each round must be new work
 * @param floor - the same work at its barest
 * @param rounds - counted pairs, after one that is not counted
 */
export const measurePairs = async (
  path: string,
  goal: number,
  work: (round: number) => Promise<unknown>,
  floor: (round: number) => Promise<unknown>,
  rounds = 5,
): Promise<Figure> => {
  const pairs: { readonly value: number; readonly floor: number }[] = [];
  for (let round = 0; round <= rounds; round++) {
    // Whoever goes second finds the machine warmer; they take turns.
    const workFirst = round % 2 === 0;
    const first = await timed(() => (workFirst ? work(round) : floor(round)));
    const second = await timed(() => (workFirst ? floor(round) : work(round)));
    if (round > 0) {
      pairs.push(workFirst ? { value: first, floor: second } : { value: second, floor: first });
    }
  }
  return {
    path,
    what: 'wall ms',
    value: spreadOf(pairs.map(({ value }) => value)),
    floor: spreadOf(pairs.map((pair) => pair.floor)),
    ratio: spreadOf(pairs.map((pair) => pair.value / pair.floor)),
    goal,
  };
};

const round = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

const shown = (spread: Spread | undefined): string =>
  spread === undefined ? '' : `${round(spread.median)} (${round(spread.min)}–${round(spread.max)})`;

/** The figures as a table of text. */
export const tableOf = (figures: readonly Figure[]): string => {
  const rows = figures.map(({ path, what, value, floor, ratio, goal }) => {
    const judged = ratio?.median ?? value.median;
    const verdict = goal === undefined ? '' : `${judged <= goal ? 'met' : 'MISSED'} ≤ ${goal}`;
    return [path, what, shown(value), shown(floor), shown(ratio), verdict];
  });
  const all = [['path', 'figure', 'median (min–max)', 'floor', 'ratio', 'goal'], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};
