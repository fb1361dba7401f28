import { CONTACTS, EVENT_IMPORTS } from '#shared/contract/import-shapes.ts';
import { contactEntries, contactItems, insertBare, mergeBare, readBare } from '../support/contacts.ts';
import { type EventBatches, eventBatches } from '../support/events.ts';
import {
  type Figure,
  figureOfPairs,
  type Pair,
  type TurnOptions,
  takePairs,
  timed,
} from '../support/figures.ts';
import { floorOrg, writeBare } from '../support/floors.ts';
import { bodyOf, type Endpoint, sendBatch } from '../support/importing.ts';
import { isUnhurried } from '../support/pace.ts';
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

/** One endpoint with one batch size and one number of contacts. */
interface Cell {
  /** For example `email: 100 events of 10 contacts`. */
  readonly name: string;
  readonly rounds: Required<TurnOptions>;
  readonly floorIs: Readonly<Record<keyof Sends, string>>;
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
  { name, floorIs }: Pick<Cell, 'name' | 'floorIs'>,
  pairs: readonly Pair<Sends>[],
): Figure[] =>
  (['first', 'again'] as const).map((which) => {
    const readings = pairs.map(({ value, floor }) => ({ value: value[which], floor: floor[which] }));
    const title = `${name}, ${which === 'first' ? 'first send' : 're-send'}`;
    return figureOfPairs(title, 'wall ms', `${floorIs[which]}, ${AT_ONCE} at once`, readings);
  });

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
        floorIs: { first: 'bare BatchWriteItem', again: 'bare BatchWriteItem' },
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

/** The cells of the contacts endpoint: new contacts, and then changes to them. */
const contactCells = (world: World, caller: Caller): readonly Cell[] => {
  const again = 'bare BatchGetItem';
  let next = 0;
  return sizesOf(CONTACTS.limit).flatMap((size): Cell[] => {
    const rounds = roundsOf(size);
    const first = next;
    next += (rounds.rounds + rounds.warmUps) * size;
    const read = (from: number) => {
      const items = contactItems(FLOOR_ORG, from, size, '');
      return timed(() => readBare(world, items, AT_ONCE));
    };
    const created: Cell = {
      name: `contacts: ${count(size)} new ones`,
      rounds,
      floorIs: { first: 'bare batches of INSERT and BatchWriteItem', again },
      send: (round) => sendTwice(caller, CONTACTS, contactEntries(first + round * size, size, 'trial')),
      bare: async (round) => {
        const from = first + round * size;
        const items = contactItems(FLOOR_ORG, from, size, 'trial');
        const inserted = await timed(() => insertBare(world, FLOOR_ORG, items, AT_ONCE));
        return { first: inserted, again: await read(from) };
      },
    };
    // These take a call per contact: ten seconds for a full batch, and as long for the floor.
    if (size === CONTACTS.limit && !isUnhurried()) return [created];
    const changed: Cell = {
      name: `contacts: ${count(size)} existing ones, changed`,
      rounds: size === CONTACTS.limit ? { rounds: 1, warmUps: 0 } : rounds,
      floorIs: { first: 'bare UpdateItem', again },
      send: (round) => sendTwice(caller, CONTACTS, contactEntries(first, size, `plan ${round}`)),
      bare: async (round) => {
        const items = contactItems(FLOOR_ORG, first, size, '');
        const merged = await timed(() => mergeBare(world, items, `plan ${round}`, AT_ONCE));
        return { first: merged, again: await read(first) };
      },
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
