import { CONTACTS, EVENT_IMPORTS } from '#shared/contract/import-shapes.ts';
import { contactEntries, contactItems, createBare, replaceBare } from '../support/contacts.ts';
import { type EventBatches, eventBatches } from '../support/events.ts';
import {
  type Figure,
  figureOf,
  figureOfPairs,
  type Pair,
  type TurnOptions,
  takePairs,
  timed,
} from '../support/figures.ts';
import { floorOrg, writeBare } from '../support/floors.ts';
import { bodyOf, type Endpoint, sendBatch } from '../support/importing.ts';
import { type Caller, createContacts, type World } from '../support/world.ts';

const FLOOR_ORG = floorOrg('endpoints');

const FEW_CONTACTS = 10;
const MOST_CONTACTS = 2_000;

/** The concurrency of bare calls. Only the path `import` searches for the best, since a search here would take minutes. */
const AT_ONCE = 16;

/** Wall ms of a new batch, and of sending it again. */
interface Sends {
  readonly first: number;
  readonly again: number;
}

/** The maximum of a first send. */
interface Goals {
  /** Of the ratio to its floor. */
  readonly ratio: number;
  /** Of its time, in ms. */
  readonly ms: number;
}

/**
 * A full batch of contacts that exist already, each of which is read and written. Half of an import's 22 s leaves room for an
 * engine twice as slow. Source of the ratio: product specification, "Cost and speed".
 */
const CHANGE_GOALS: Goals = { ratio: 1.5, ms: 11_000 };

/** One endpoint with one batch size and one number of contacts. */
interface Cell {
  /** For example `email: 100 events of 10 contacts`. */
  readonly name: string;
  readonly rounds: Required<TurnOptions>;
  /** A description of the floor of both sends. */
  readonly floorIs: string;
  readonly goals?: Goals;
  /** Each round sends new entries. */
  send(round: number): Promise<Sends>;
  bare(round: number): Promise<Sends>;
}

/** Small batches are fast and vary a lot; full ones take seconds. */
const roundsOf = (size: number): Required<TurnOptions> =>
  size <= 1_000 ? { rounds: 3, warmUps: 1 } : { rounds: 2, warmUps: 0 };

const sendTwice = async (caller: Caller, endpoint: Endpoint, entries: readonly object[]): Promise<Sends> => {
  const body = bodyOf(endpoint, entries);
  const send = () => timed(() => sendBatch(caller, endpoint, body, entries.length));
  return { first: await send(), again: await send() };
};

const figuresOf = (
  { name, floorIs, goals }: Pick<Cell, 'name' | 'floorIs' | 'goals'>,
  pairs: readonly Pair<Sends>[],
): Figure[] => {
  const titleOf = (which: keyof Sends): string => `${name}, ${which === 'first' ? 'first send' : 're-send'}`;
  const ofSend = (which: keyof Sends, goal?: number): Figure => {
    const readings = pairs.map(({ value, floor }) => ({ value: value[which], floor: floor[which] }));
    return figureOfPairs(titleOf(which), 'wall ms', `${floorIs}, ${AT_ONCE} at once`, readings, goal);
  };
  const times = pairs.map(({ value }) => value.first);
  return [
    ofSend('first', goals?.ratio),
    ofSend('again'),
    ...(goals === undefined ? [] : [figureOf(titleOf('first'), 'wall ms of the request', times, goals.ms)]),
  ];
};

const measureCells = async (cells: readonly Cell[]): Promise<Figure[]> => {
  const figures: Figure[] = [];
  for (const { send, bare, rounds, ...cell } of cells) {
    figures.push(...figuresOf(cell, await takePairs(send, bare, rounds)));
  }
  return figures;
};

const sizesOf = (limit: number): number[] => [100, 1_000, limit];

const count = (number: number): string => number.toLocaleString('en');

/** The cells of an event endpoint. Events are numbered across cells, so that all of them are new. */
const eventCells = (world: World, caller: Caller, shape: (typeof EVENT_IMPORTS)[number]): readonly Cell[] => {
  const { kind, field, limit } = shape;
  let next = 0;
  return sizesOf(limit).flatMap((size) =>
    [FEW_CONTACTS, Math.min(size, MOST_CONTACTS)].map((contacts): Cell => {
      const rounds = roundsOf(size);
      const batches = (orgId: string): EventBatches => eventBatches(orgId, { kind, contacts }, next);
      const [sent, stored] = [batches(caller.orgId), batches(FLOOR_ORG)];
      next += (rounds.rounds + rounds.warmUps) * size;
      return {
        name: `${kind}: ${count(size)} ${field} of ${count(contacts)} contacts`,
        rounds,
        floorIs: 'bare BatchWriteItem',
        send: () => sendTwice(caller, shape, sent.entries(size)),
        bare: async () => {
          const items = stored.items(size);
          const write = () => timed(() => writeBare(world, items, AT_ONCE));
          return { first: await write(), again: await write() };
        },
      };
    }),
  );
};

/**
 * The cells of the contacts endpoint: new contacts, and then changes to them. A re-send without times of its own arrives
 * later, so it changes the times of all values: each contact is written again, by the floor as well.
 */
const contactCells = (world: World, caller: Caller): readonly Cell[] => {
  let next = 0;
  return sizesOf(CONTACTS.limit).flatMap((size): Cell[] => {
    const rounds = roundsOf(size);
    const first = next;
    next += (rounds.rounds + rounds.warmUps) * size;
    /** Replaces the floor's contacts, whose version was counted. */
    const replace = (from: number, plan: string, version: number) => {
      const items = contactItems(FLOOR_ORG, from, size, plan, version);
      return timed(() => replaceBare(world, items, AT_ONCE));
    };
    const created: Cell = {
      name: `contacts: ${count(size)} new ones`,
      rounds,
      floorIs: 'bare TransactWriteItems of the same items',
      send: (round) => sendTwice(caller, CONTACTS, contactEntries(first + round * size, size, 'trial')),
      bare: async (round) => {
        const from = first + round * size;
        const items = contactItems(FLOOR_ORG, from, size, 'trial', 0);
        const inserted = await timed(() => createBare(world, FLOOR_ORG, items, AT_ONCE));
        return { first: inserted, again: await replace(from, 'trial', 1) };
      },
    };
    // Those of the first round were created, and sent again.
    let version = 2;
    const changed: Cell = {
      name: `contacts: ${count(size)} existing ones, changed`,
      rounds,
      floorIs: 'bare TransactWriteItems of the same items, conditional',
      ...(size === CONTACTS.limit && { goals: CHANGE_GOALS }),
      send: (round) => sendTwice(caller, CONTACTS, contactEntries(first, size, `plan ${round}`)),
      bare: async (round) => ({
        first: await replace(first, `plan ${round}`, version++),
        again: await replace(first, `plan ${round}`, version++),
      }),
    };
    return [created, changed];
  });
};

/**
 * Measures every import endpoint with three batch sizes, few and many contacts, sent twice, against bare calls that store
 * the same items. The endpoints are listed together, so that an outlier is visible.
 */
export const measureEndpoints = async (world: World): Promise<Figure[]> => {
  const caller = await world.organisation('endpoints');
  await createContacts(caller, MOST_CONTACTS);
  const figures: Figure[] = [];
  for (const shape of EVENT_IMPORTS) {
    figures.push(...(await measureCells(eventCells(world, caller, shape))));
  }
  const other = await world.organisation('contacts');
  figures.push(...(await measureCells(contactCells(world, other))));
  return figures;
};
