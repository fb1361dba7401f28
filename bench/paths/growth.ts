import { CONTACTS, eventImport } from '#shared/contract/import-shapes.ts';
import { contactEntries } from '../support/contacts.ts';
import { eventBatches } from '../support/events.ts';
import {
  type Figure,
  figureOf,
  figureOfPairs,
  slopeOf,
  spreadOf,
  takeTurns,
  timed,
} from '../support/figures.ts';
import { bodyOf, type Endpoint, sendBatch } from '../support/importing.ts';
import { createHistories, readAndWriteBare, refresh } from '../support/refreshing.ts';
import { type Caller, createContacts, type World } from '../support/world.ts';

/** A round of all four takes some fifteen seconds. */
const ROUNDS = 3;

/** Events of a contact in an import of any size. */
const EVENTS_EACH = 5;

/** So much work, done once. @returns wall ms */
type Reading = () => Promise<number>;

/** Something at no work at all, at some, at ten times and at a hundred times as much; by what it is called. */
type Ladder = readonly [none: Rung, once: Rung, tenfold: Rung, hundredfold: Rung];
type Rung = readonly [name: string, reading: Reading, floor?: Reading];

/** The ladder's rungs in turn, so that a machine whose speed drifts slows all; what is small is warmed up first. */
const climb = async (path: string, ladder: Ladder): Promise<Figure[]> => {
  for (const [, reading] of ladder.slice(0, -1)) await reading();
  const floors = ladder.flatMap(([, , floor]) => (floor === undefined ? [] : [floor]));
  const rounds = await takeTurns([...ladder.map(([, reading]) => reading), ...floors], {
    rounds: ROUNDS,
    warmUps: 0,
  });
  const readingsAt = (rung: number): number[] => rounds.map((readings) => readings[rung] as number);
  const medianAt = (rung: number): number => spreadOf(readingsAt(rung)).median;
  const slopeFrom = (first: number): number =>
    slopeOf({ none: medianAt(first), tenfold: medianAt(first + 2), hundredfold: medianAt(first + 3) });
  const what = `slope from tenfold, less ${ladder[0][0]}`;
  const value = slopeFrom(0);
  return [
    ...ladder.map(([name], at) => figureOf(`growth: ${path}`, `wall ms, ${name}`, readingsAt(at))),
    floors.length === 0
      ? figureOf(`growth: ${path}`, what, [value], 1.1)
      : figureOfPairs(
          `growth: ${path}`,
          what,
          'slope of the bare calls',
          [{ value, floor: slopeFrom(ladder.length) }],
          1.1,
        ),
  ];
};

/** The readings of batches: each is of entries that are new. */
const batchLadder = (
  caller: Caller,
  endpoint: Endpoint,
  what: string,
  entriesOf: (size: number) => readonly object[],
): Ladder => {
  const rung = (name: string, size: number): Rung => [
    name,
    () => {
      const body = bodyOf(endpoint, entriesOf(size));
      return timed(() => sendBatch(caller, endpoint, body, size));
    },
  ];
  return [
    rung('an empty batch', 0),
    rung(`100 ${what}`, 100),
    rung(`1,000 ${what}`, 1_000),
    rung(`10,000 ${what}`, 10_000),
  ];
};

const importLadder = async (world: World): Promise<Ladder> => {
  const caller = await world.organisation('growth-import');
  await createContacts(caller, eventImport('email').limit / EVENTS_EACH);
  let first = 0;
  return batchLadder(caller, eventImport('email'), 'events', (size) => {
    const contacts = Math.max(1, size / EVENTS_EACH);
    const entries = eventBatches(caller.orgId, { kind: 'email', contacts }, first).entries(size);
    first += size;
    return entries;
  });
};

const contactsLadder = async (world: World): Promise<Ladder> => {
  const caller = await world.organisation('growth-contacts');
  let first = 0;
  return batchLadder(caller, CONTACTS, 'contacts', (size) => {
    const entries = contactEntries(first, size, 'trial');
    first += size;
    return entries;
  });
};

/**
 * No refresh is of no contact, so one of a single contact stands for it: it takes a hundredth too much off the
 * hundred's, which the slope shows in its third digit.
 */
const contactsRefreshLadder = async (world: World): Promise<Ladder> => {
  const caller = await world.organisation('growth-refresh');
  const ids = await createHistories(world, caller, 1_000, 10);
  const rung = (name: string, contacts: number): Rung => [
    name,
    () => timed(() => refresh(caller, ids.slice(0, contacts))),
  ];
  return [
    rung('1 contact', 1),
    rung('10 contacts', 10),
    rung('100 contacts', 100),
    rung('1,000 contacts', 1_000),
  ];
};

const BARE_AT_ONCE = 16;

/** The local engine's own Query grows faster than what it finds, so the slope stands beside that of the bare calls. */
const historyRefreshLadder = async (world: World): Promise<Ladder> => {
  const rung = async (name: string, eventsEach: number): Promise<Rung> => {
    const caller = await world.organisation(`growth-history-${eventsEach}`);
    const ids = await createHistories(world, caller, 50, eventsEach);
    return [
      name,
      () => timed(() => refresh(caller, ids)),
      () => timed(() => readAndWriteBare(world, caller.orgId, ids, BARE_AT_ONCE)),
    ];
  };
  return [
    await rung('no events', 0),
    await rung('10 events', 10),
    await rung('100 events', 100),
    await rung('1,000 events', 1_000),
  ];
};

/** How the cost of imports and refreshes grows with ten and a hundred times the work. */
export const measureGrowth = async (world: World): Promise<Figure[]> => [
  ...(await climb('an import of email events', await importLadder(world))),
  ...(await climb('an import of contacts', await contactsLadder(world))),
  ...(await climb('a refresh of contacts of 10 events', await contactsRefreshLadder(world))),
  ...(await climb('a refresh of 50 contacts, by events of each', await historyRefreshLadder(world))),
];
