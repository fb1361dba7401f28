import type { Item } from '#shared/aws/dynamodb.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { putBare } from './bare-writes.ts';
import { spreadOf } from './figures.ts';
import type { World } from './world.ts';

/** Whose events and contacts a path's floor writes: nobody's who calls, and no other path's. */
export const floorOrg = (path: string): string => `o_floor_${path}`;

/** Puts items into the event table, by the SDK and nothing else. */
export const writeBare = (
  { client, stack }: Pick<World, 'client' | 'stack'>,
  items: readonly Item[],
  atOnce: number,
): Promise<void> => putBare(client, stack.outputs[OUTPUT.eventsTable] as string, items, atOnce);

/** Readings of each concurrency that is tried. */
const TRIES = 2;

/**
 * The concurrency of which readings are shortest, since a floor is the least only at its best.
 *
 * @param reading - ms at that many calls at once; asked twice for each, in turn
 */
export const fastestOf = async (
  candidates: readonly number[],
  reading: (atOnce: number) => Promise<number>,
): Promise<number> => {
  const readings = candidates.map((atOnce) => ({ atOnce, ms: [] as number[] }));
  for (let turn = 0; turn < TRIES; turn++) {
    // The way back is the other way round: who comes first finds a colder machine.
    for (const { atOnce, ms } of turn % 2 === 0 ? readings : readings.toReversed()) {
      ms.push(await reading(atOnce));
    }
  }
  const ranked = readings.map(({ atOnce, ms }) => ({ atOnce, median: spreadOf(ms).median }));
  ranked.sort((a, b) => a.median - b.median);
  return ranked[0]?.atOnce as number;
};
