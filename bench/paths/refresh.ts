import { type Figure, figureOfPairs, type TurnOptions, timed, timePairs } from '../support/figures.ts';
import { fastestOf } from '../support/floors.ts';
import { isUnhurried } from '../support/pace.ts';
import { createHistories, readAndWriteBare, refresh } from '../support/refreshing.ts';
import type { World } from '../support/world.ts';

/** Contacts with histories of the same length, and the number of refreshes. */
interface Shape extends TurnOptions {
  readonly contacts: number;
  readonly eventsEach: number;
}

/** A thousand of the longest histories, a million events, take longer than all others together. */
const shapes = (): readonly Shape[] => [
  { contacts: 1_000, eventsEach: 10, rounds: 3, warmUps: 1 },
  { contacts: 1_000, eventsEach: 50, rounds: 3, warmUps: 0 },
  { contacts: isUnhurried() ? 1_000 : 100, eventsEach: 1_000, rounds: 2, warmUps: 0 },
];

/** An amount of work that suffices to find the fastest concurrency of the floor. */
const TRIED_CONTACTS = 300;
const TRIED_EVENTS = 30;

const measureShape = async (
  world: World,
  { contacts, eventsEach, ...options }: Shape,
  atOnce: number,
): Promise<Figure> => {
  const caller = await world.organisation(`refresh-${eventsEach}`);
  const contactIds = await createHistories(world, caller, contacts, eventsEach);
  const pairs = await timePairs(
    () => refresh(caller, contactIds),
    () => readAndWriteBare(world, caller.orgId, contactIds, atOnce),
    options,
  );
  const path = `refresh: ${contacts.toLocaleString('en')} contacts of ${eventsEach.toLocaleString('en')} events`;
  return figureOfPairs(path, 'wall ms', `bare Query and UpdateItem, ${atOnce} at once`, pairs, 1.3);
};

/** Measures refreshes from the call to their completion against bare reads and writes of the same contacts. */
export const measureRefresh = async (world: World): Promise<Figure[]> => {
  const tried = await world.organisation('refresh-floor');
  const ids = await createHistories(world, tried, TRIED_CONTACTS, TRIED_EVENTS);
  const floor = (atOnce: number) => timed(() => readAndWriteBare(world, tried.orgId, ids, atOnce));
  const atOnce = await fastestOf([8, 16, 32], floor);
  const figures: Figure[] = [];
  for (const shape of shapes()) figures.push(await measureShape(world, shape, atOnce));
  return figures;
};
