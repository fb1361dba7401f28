import { addHour, cellsWithTotal, type HourCell, type HourCounts } from './hour-counts.ts';
import { type CountedPart, type RebuildRow, unpackHashes } from './rebuild-item.ts';

/** The state of adding up the rows of one contact. */
interface Current {
  readonly contactId: string;
  /** The events that the consumer has counted, by hash. */
  readonly noted: Map<string, HourCell>;
  /** The attempt whose parts are valid. */
  attempt: string | undefined;
  /** The number of its parts that have not been read yet. */
  partsLeft: number;
}

/**
 * The number of counts that a task of a rebuild holds in memory at most, apart from those of one row: names have no bound,
 * and neither do the counts of all of them. Measured: 500,000 counts of as many names take 170 MB, and a worker adds up two
 * sums at a time.
 */
export const MAX_CELLS = 500_000;

/** A sum that rows are added to, and that may be taken in between. */
const createRunning = () => {
  let sum: HourCounts = new Map();
  let cells = 0;
  const begin = (contactId: string): Current => ({
    contactId,
    noted: new Map(),
    attempt: undefined,
    partsLeft: 0,
  });
  let current = begin('');

  const end = (): void => {
    if (current.partsLeft > 0) throw new Error(`${current.contactId} lacks ${current.partsLeft} parts`);
  };
  const addCell = (cell: HourCell, by: number): void => {
    for (const each of cellsWithTotal(cell)) cells += addHour(sum, each, by);
  };
  const add = ({ hashes, hours }: CountedPart): void => {
    for (const [series, counts] of hours) {
      for (const [hour, count] of counts) addCell({ series, hour }, count);
    }
    if (current.noted.size === 0) return;
    for (const hash of unpackHashes(hashes)) {
      const cell = current.noted.get(hash);
      if (cell !== undefined) addCell(cell, -1);
    }
  };

  return {
    /** The number of counts. */
    cells: () => cells,
    /** Ends the contact of the last row; throws Error if a part of it is missing. */
    end,
    add(row: RebuildRow): void {
      if (row.contactId !== current.contactId) {
        end();
        current = begin(row.contactId);
      }
      if (row.kind === 'noted') {
        for (const { hash, series, hour } of row.events) current.noted.set(hash, { series, hour });
      } else if (row.kind === 'counted') {
        current.attempt = row.attempt;
        current.partsLeft = row.parts;
        add(row.part);
      } else if (row.attempt === current.attempt) {
        current.partsLeft -= 1;
        add(row.part);
      }
    },
    /** Returns the sum, and begins with nothing. */
    take(): HourCounts {
      const taken = sum;
      sum = new Map();
      cells = 0;
      return taken;
    },
  };
};

/**
 * Adds up what a rebuild has counted, without the events that the consumer has counted in the same
 * generation. The events of a kind with names are counted by name and all together.
 *
 * @param pages - rows in the order of their keys: for each contact first the consumer's, then the rebuild's
 * @param maxCells - when the counts have more cells, they are returned, and the following rows are added up anew
 * @returns the counts, to be added to each other. The same rows are always divided alike. A count may be negative
 * @throws Error if a part is missing
 */
export async function* addUp(
  pages: AsyncIterable<readonly RebuildRow[]>,
  maxCells = MAX_CELLS,
): AsyncGenerator<HourCounts> {
  const running = createRunning();
  for await (const rows of pages) {
    for (const row of rows) {
      running.add(row);
      if (running.cells() > maxCells) yield running.take();
    }
  }
  running.end();
  if (running.cells() > 0) yield running.take();
}
