import type { Note } from './rebuild-item.ts';
import { cellsOf, type Increments, increment, incrementId, type RollupKey, rollupKey } from './rollup.ts';
import type { NewEvent } from './stream-record.ts';

/** DynamoDB takes at most 100 actions in one transaction. */
export const MAX_ACTIONS = 100;

/** Every transaction checks which generation counts. */
const CHECKS = 1;

/** An event, and where it is counted: see `Placement`. */
export interface Placed {
  readonly event: NewEvent;
  readonly countIn: readonly number[];
  readonly noteIn: number | undefined;
}

/** What is written together: increments, the marks of exactly the records that they count, and notes of these for a rebuild. */
export interface Pack {
  readonly events: readonly NewEvent[];
  readonly increments: Increments;
  readonly notes: readonly Note[];
  /** How many actions it is. */
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
    /** How many actions it would have with one more event. */
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
 * Packs the events of one organisation and shard into transactions, as few as a single pass finds. In the order of
 * kind, type and time events of the same items stand together: an item is then written once, not once a transaction.
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
