import type { Note } from './rebuild-item.ts';
import { cellsOf, type Increments, increment, incrementId, type RollupKey, rollupKey } from './rollup.ts';
import type { NewEvent } from './stream-record.ts';

/** The maximum number of actions of a DynamoDB transaction. */
export const MAX_ACTIONS = 100;

/** Every transaction checks the generations of its shard. */
const CHECKS = 1;

/** An event and the generations in which it is counted; see `Placement`. */
export interface Placed {
  readonly event: NewEvent;
  readonly countIn: readonly number[];
  readonly noteIn: number | undefined;
}

/**
 * The content of a transaction: increments, the marks of exactly the records that they count, and the notes
 * of these for a rebuild.
 */
export interface Pack {
  readonly events: readonly NewEvent[];
  readonly increments: Increments;
  readonly notes: readonly Note[];
  /** The number of actions of the transaction. */
  readonly actions: number;
}

const targetsOf = ({ event, countIn }: Placed): { key: RollupKey; field: string }[] =>
  countIn.flatMap((generation) =>
    cellsOf(event).map((cell) => ({
      key: rollupKey(event.orgId, generation, event.shard, cell),
      field: cell.field,
    })),
  );

/** A pack that is being filled. */
const createFilling = () => {
  const events: NewEvent[] = [];
  const increments: Increments = new Map();
  const seconds = new Set<number>();
  const notes = new Map<string, { generation: number; contactId: string; events: NewEvent[] }>();
  const noteKey = ({ event, noteIn }: Placed): string => `${noteIn}#${event.contactId}`;
  const actions = (): number => CHECKS + seconds.size + increments.size + notes.size;

  return {
    /** The number of actions that the pack would have with one more event. */
    actionsWith: (placed: Placed): number =>
      actions() +
      targetsOf(placed).filter(({ key }) => !increments.has(incrementId(key))).length +
      (seconds.has(placed.event.second) ? 0 : 1) +
      (placed.noteIn === undefined || notes.has(noteKey(placed)) ? 0 : 1),

    add(placed: Placed): void {
      const { event, noteIn } = placed;
      events.push(event);
      seconds.add(event.second);
      for (const { key, field } of targetsOf(placed)) increment(increments, key, field);
      if (noteIn === undefined) return;
      const { contactId } = event;
      const note = notes.get(noteKey(placed)) ?? { generation: noteIn, contactId, events: [] };
      note.events.push(event);
      notes.set(noteKey(placed), note);
    },

    pack: (): Pack => ({ events, increments, notes: [...notes.values()], actions: actions() }),
  };
};

/**
 * Packs the events of one organisation and shard into transactions, as few as a single pass finds. Ordered by
 * kind, type and time, events of the same items are adjacent, so that an item is usually written by one
 * transaction instead of by each.
 */
export const packsOf = (placed: readonly Placed[]): Pack[] => {
  const ordered = [...placed].sort(
    ({ event: a }, { event: b }) =>
      a.kind.localeCompare(b.kind) || a.type.localeCompare(b.type) || a.occurredAt - b.occurredAt,
  );
  const packs: Pack[] = [];
  let filling = createFilling();
  for (const each of ordered) {
    if (filling.actionsWith(each) > MAX_ACTIONS) {
      packs.push(filling.pack());
      filling = createFilling();
    }
    filling.add(each);
  }
  if (ordered.length > 0) packs.push(filling.pack());
  return packs;
};
