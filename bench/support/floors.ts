import type { Item } from '#shared/aws/dynamodb.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { putBare } from './bare-writes.ts';
import { spreadOf } from './figures.ts';
import type { World } from './world.ts';

/** The organisation id of the data that a path's floor writes, distinct from all callers and other paths. */
export const floorOrg = (path: string): string => `o_floor_${path}`;

/** Puts items into the event table with the SDK alone. */
export const writeBare = (
  { client, stack }: Pick<World, 'client' | 'stack'>,
  items: readonly Item[],
  atOnce: number,
): Promise<void> => putBare(client, stack.outputs[OUTPUT.eventsTable] as string, items, atOnce);

/** The number of readings of each candidate. */
const TRIES = 2;

/**
 * The concurrency with the shortest readings, since only the best case is a floor.
 *
 * @param reading - takes a reading, in ms, with a concurrency; called twice for each candidate
 */
export const fastestOf = async (
  candidates: readonly number[],
  reading: (atOnce: number) => Promise<number>,
): Promise<number> => {
  const readings = candidates.map((atOnce) => ({ atOnce, ms: [] as number[] }));
  for (let turn = 0; turn < TRIES; turn++) {
    // The second turn is in reverse order, since the first candidate finds a colder machine.
    for (const { atOnce, ms } of turn % 2 === 0 ? readings : readings.toReversed()) {
      ms.push(await reading(atOnce));
    }
  }
  const ranked = readings.map(({ atOnce, ms }) => ({ atOnce, median: spreadOf(ms).median }));
  ranked.sort((a, b) => a.median - b.median);
  return ranked[0]?.atOnce as number;
};
