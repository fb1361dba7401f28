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

/** A round of all four ladders takes about fifteen seconds. */
const ROUNDS = 3;

/** The polling interval of refreshes: the smallest take a tenth of a second, which longer intervals would hide. */
const POLL_MS = 25;

/** Events per contact in imports of any size. */
const EVENTS_EACH = 5;

/** Does an amount of work once. @returns wall ms */
type Reading = () => Promise<number>;

/** A measurement at no work, at a base amount, and at ten and a hundred times that amount, each with its name. */
type Ladder = readonly [none: Rung, once: Rung, tenfold: Rung, hundredfold: Rung];
type Rung = readonly [name: string, reading: Reading, floor?: Reading];

/** Measures the rungs in turn, so that drifting machine speed affects all of them; small rungs are warmed up first. */
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

/** The ladder of batches; each reading sends new entries. */
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
 * There is no refresh of zero contacts, so a refresh of one contact represents the base cost. This subtracts a hundredth too
 * much from the rung of a hundred, which affects the third digit of the slope.
 */
const contactsRefreshLadder = async (world: World): Promise<Ladder> => {
  const caller = await world.organisation('growth-refresh');
  const ids = await createHistories(world, caller, 1_000, 10);
  const rung = (name: string, contacts: number): Rung => [
    name,
    () => timed(() => refresh(caller, ids.slice(0, contacts), POLL_MS)),
  ];
  return [
    rung('1 contact', 1),
    rung('10 contacts', 10),
    rung('100 contacts', 100),
    rung('1,000 contacts', 1_000),
  ];
};

/** So many that a refresh takes several times as long as a read of its progress, by which its end is seen. */
const WITH_HISTORIES = 200;

const BARE_AT_ONCE = 16;

/** The cost of the local engine's Query grows faster than its result, so the slope is compared with that of bare calls. */
const historyRefreshLadder = async (world: World): Promise<Ladder> => {
  const rung = async (name: string, eventsEach: number): Promise<Rung> => {
    const caller = await world.organisation(`growth-history-${eventsEach}`);
    const ids = await createHistories(world, caller, WITH_HISTORIES, eventsEach);
    return [
      name,
      () => timed(() => refresh(caller, ids, POLL_MS)),
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

/** Measures how the cost of imports and refreshes grows with ten and a hundred times the work. */
export const measureGrowth = async (world: World): Promise<Figure[]> => [
  ...(await climb('an import of email events', await importLadder(world))),
  ...(await climb('an import of contacts', await contactsLadder(world))),
  ...(await climb('a refresh of contacts of 10 events', await contactsRefreshLadder(world))),
  ...(await climb(
    `a refresh of ${WITH_HISTORIES} contacts, by events of each`,
    await historyRefreshLadder(world),
  )),
];
