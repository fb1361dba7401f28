import { type Figure, figureOfPairs, type TurnOptions, timed, timePairs } from '../support/figures.ts';
import { fastestOf } from '../support/floors.ts';
import { createHistories, readAndWriteBare, refresh } from '../support/refreshing.ts';
import type { World } from '../support/world.ts';

/** Contacts with histories of one length, and how often they are refreshed. */
interface Shape extends TurnOptions {
  readonly contacts: number;
  readonly eventsEach: number;
}

/** The longest histories are of fewer contacts: a thousand of them would take longer than all else together. */
const SHAPES: readonly Shape[] = [
  { contacts: 1_000, eventsEach: 10, rounds: 5, warmUps: 1 },
  { contacts: 1_000, eventsEach: 50, rounds: 3, warmUps: 1 },
  { contacts: 200, eventsEach: 1_000, rounds: 2, warmUps: 0 },
];

/** So much of the work is enough to find the concurrency at which the floor is fastest. */
const TRIED = 0.2;

const measureShape = async (world: World, { contacts, eventsEach, ...options }: Shape): Promise<Figure> => {
  const caller = await world.organisation(`refresh-${eventsEach}`);
  const contactIds = await createHistories(world, caller, contacts, eventsEach);
  const some = contactIds.slice(0, contacts * TRIED);
  const floor = (ids: readonly string[], atOnce: number) =>
    readAndWriteBare(world, caller.orgId, ids, atOnce);
  const atOnce = await fastestOf([8, 16, 32], (tried) => timed(() => floor(some, tried)));
  const pairs = await timePairs(
    () => refresh(caller, contactIds),
    () => floor(contactIds, atOnce),
    options,
  );
  const path = `refresh: ${contacts.toLocaleString('en')} contacts of ${eventsEach.toLocaleString('en')} events`;
  return figureOfPairs(path, 'wall ms', `bare Query and UpdateItem, ${atOnce} at once`, pairs, 1.3);
};

/** Refreshes from the call to their completion, against bare reads and writes of the same contacts. */
export const measureRefresh = async (world: World): Promise<Figure[]> => {
  const figures: Figure[] = [];
  for (const shape of SHAPES) figures.push(await measureShape(world, shape));
  return figures;
};
