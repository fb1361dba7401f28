import { MAX_ACTIONS } from '../aws/dynamodb.ts';
import { MAX_ROWS_OF_PARTITION } from './name-rows.ts';
import type { Note } from './rebuild-item.ts';
import {
  cellsOf,
  type Increments,
  increment,
  incrementId,
  isOfName,
  type RollupKey,
  rollupKey,
} from './rollup.ts';
import type { NewEvent } from './stream-record.ts';

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

/** A counter that an event increments. */
interface Target {
  readonly key: RollupKey;
  readonly field: string;
  /** Whether it is of a single name. */
  readonly isOfName: boolean;
}

const targetsOf = ({ event, countIn }: Placed): Target[] =>
  countIn.flatMap((generation) =>
    cellsOf(event).map((cell) => ({
      key: rollupKey(event.orgId, generation, event.shard, cell),
      field: cell.field,
      isOfName: isOfName(cell),
    })),
  );

/** A pack that is being filled. */
const createFilling = () => {
  const events: NewEvent[] = [];
  const increments: Increments = new Map();
  const seconds = new Set<number>();
  const notes = new Map<string, { generation: number; contactId: string; events: NewEvent[] }>();
  /** The number of rows of names, by partition. */
  const rowsOfNames = new Map<string, number>();
  const noteKey = ({ event, noteIn }: Placed): string => `${noteIn}#${event.contactId}`;
  const actions = (): number => CHECKS + seconds.size + increments.size + notes.size;
  const isNew = ({ key }: Target): boolean => !increments.has(incrementId(key));
  // The rows of one event in a partition are of different generations, so each partition has at most one of them.
  const isFull = ({ key: { pk } }: Target): boolean => (rowsOfNames.get(pk) ?? 0) >= MAX_ROWS_OF_PARTITION;

  return {
    /** Whether one more event fits. */
    fits: (placed: Placed, targets: readonly Target[]): boolean => {
      const added = targets.filter(isNew);
      const actionsWith =
        actions() +
        added.length +
        (seconds.has(placed.event.second) ? 0 : 1) +
        (placed.noteIn === undefined || notes.has(noteKey(placed)) ? 0 : 1);
      return actionsWith <= MAX_ACTIONS && !added.some((target) => target.isOfName && isFull(target));
    },

    add(placed: Placed, targets: readonly Target[]): void {
      const { event, noteIn } = placed;
      events.push(event);
      seconds.add(event.second);
      for (const target of targets) {
        const { key, field, isOfName } = target;
        if (isOfName && isNew(target)) rowsOfNames.set(key.pk, (rowsOfNames.get(key.pk) ?? 0) + 1);
        increment(increments, key, field);
      }
      if (noteIn === undefined) return;
      const { contactId } = event;
      const note = notes.get(noteKey(placed)) ?? { generation: noteIn, contactId, events: [] };
      note.events.push(event);
      notes.set(noteKey(placed), note);
    },

    pack: (): Pack => ({ events, increments, notes: [...notes.values()], actions: actions() }),
  };
};

/** The order of UTF-16 code units; names have up to 512 bytes, and an order of languages takes 25 times as long. */
const byText = (a: string, b: string): number => Number(a > b) - Number(a < b);

/**
 * Packs the events of one organisation and shard into transactions, as few as a single pass finds. Ordered by
 * kind, type and time, events of the same items are adjacent, so that an item is usually written by one
 * transaction instead of by each. A transaction has few rows of each partition of names.
 */
export const packsOf = (placed: readonly Placed[]): Pack[] => {
  const ordered = [...placed].sort(
    ({ event: a }, { event: b }) =>
      byText(a.kind, b.kind) || byText(a.type, b.type) || a.occurredAt - b.occurredAt,
  );
  const packs: Pack[] = [];
  let filling = createFilling();
  for (const each of ordered) {
    const targets = targetsOf(each);
    if (!filling.fits(each, targets)) {
      packs.push(filling.pack());
      filling = createFilling();
    }
    filling.add(each, targets);
  }
  if (ordered.length > 0) packs.push(filling.pack());
  return packs;
};
