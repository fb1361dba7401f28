import { cellsOf, type Increments, increment, incrementId, type RollupKey, rollupKey } from './rollup.ts';
import type { NewEvent } from './stream-record.ts';

/** DynamoDB takes at most 100 actions in one transaction. */
export const MAX_ACTIONS = 100;

/** Every transaction looks at which generation counts. */
const CHECKS = 1;

/** An event, and the generations in which it counts; none where a rebuild has counted it and only its mark is wanting. */
export interface Placed {
  readonly event: NewEvent;
  readonly countIn: readonly number[];
}

/** What is written together: increments, and the marks of exactly the records that they count. */
export interface Pack {
  readonly events: readonly NewEvent[];
  readonly increments: Increments;
  /** How many actions it is. */
  readonly actions: number;
}

const targetsOf = ({ event, countIn }: Placed): { key: RollupKey; field: string }[] =>
  countIn.flatMap((generation) =>
    cellsOf(event).map((cell) => ({
      key: rollupKey(event.orgId, generation, event.slot, cell),
      field: cell.field,
    })),
  );

/**
 * Packs the events of one organisation and slot into transactions, as few as a single pass finds. In the order of
 * kind, type and time events of the same items stand together: an item is then written once, not once a transaction.
 */
export const packsOf = (placed: readonly Placed[]): Pack[] => {
  const ordered = [...placed].sort(
    ({ event: a }, { event: b }) =>
      a.kind.localeCompare(b.kind) || a.type.localeCompare(b.type) || a.occurredAt - b.occurredAt,
  );
  const packs: Pack[] = [];
  let events: NewEvent[] = [];
  let increments: Increments = new Map();
  let seconds = new Set<number>();
  const close = (): void => {
    if (events.length > 0)
      packs.push({ events, increments, actions: CHECKS + seconds.size + increments.size });
    events = [];
    increments = new Map();
    seconds = new Set();
  };
  for (const each of ordered) {
    const targets = targetsOf(each);
    const more =
      targets.filter(({ key }) => !increments.has(incrementId(key))).length +
      (seconds.has(each.event.second) ? 0 : 1);
    if (CHECKS + seconds.size + increments.size + more > MAX_ACTIONS) close();
    events.push(each.event);
    seconds.add(each.event.second);
    for (const { key, field } of targets) increment(increments, key, field);
  }
  close();
  return packs;
};
