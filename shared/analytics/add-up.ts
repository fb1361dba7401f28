import { addHour, addHours, type HourCell, type HourCounts } from './hour-counts.ts';
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
 * Adds up what a rebuild has counted, without the events that the consumer has counted in the same
 * generation.
 *
 * @param pages - rows in the order of their keys: for each contact first the consumer's, then the rebuild's
 * @throws Error if a part is missing
 */
export const addUp = async (pages: AsyncIterable<readonly RebuildRow[]>): Promise<HourCounts> => {
  const sum: HourCounts = new Map();
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
  const add = ({ hashes, hours }: CountedPart): void => {
    addHours(sum, hours);
    if (current.noted.size === 0) return;
    for (const hash of unpackHashes(hashes)) {
      const cell = current.noted.get(hash);
      if (cell !== undefined) addHour(sum, cell, -1);
    }
  };

  for await (const rows of pages) {
    for (const row of rows) {
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
    }
  }
  end();
  return sum;
};
