import type { Kind } from '../events/kinds.ts';
import { durationMs } from '../time/duration.ts';
import { type Condition, satisfies, valueAtPath } from './condition.ts';
import type { EventRule } from './event-rule.ts';
import type { Outlook } from './outlook.ts';

/** A compiled rule on events. Equivalent rules are equal as JSON. */
export interface EventLeaf {
  readonly kind: Kind;
  readonly type: string | undefined;
  readonly atLeast: number;
  readonly atMost: number | undefined;
  readonly withinMs: number | undefined;
  readonly beforeMs: number | undefined;
  /** The conditions, sorted by path; an event must satisfy all of them. */
  readonly where: readonly { readonly path: readonly string[]; readonly condition: Condition }[];
}

/** Compiles a rule on events. */
export const eventLeaf = ({
  kind,
  type,
  atLeast,
  atMost,
  within,
  before,
  where = {},
}: EventRule): EventLeaf => ({
  kind,
  type,
  atLeast: atLeast ?? (atMost === undefined ? 1 : 0),
  atMost,
  withinMs: within === undefined ? undefined : durationMs(within),
  beforeMs: before === undefined ? undefined : durationMs(before),
  where: Object.keys(where)
    .sort()
    .map((path) => {
      const { equals, contains, exists, atLeast, atMost } = where[path] as Condition;
      const condition = { equals, contains, exists, atLeast, atMost } as Condition;
      // The first key is always `metadata`; see WhereSchema.
      return { path: path.split('.').slice(1), condition };
    }),
});

/** Whether an event's metadata satisfies the leaf's conditions. */
export const satisfiesWhere = ({ where }: EventLeaf, metadata: unknown): boolean =>
  where.every(({ path, condition }) => satisfies(valueAtPath(metadata, path), condition));

/**
 * The count of one leaf's events at a moment `now`. At a moment T, an event that occurred at t counts if `T − within
 * ≤ t ≤ T − before`: it enters at `t + before` and leaves at `t + within + 1`.
 *
 * Only events that can affect the result are kept: the newest of those that count and the first of those that will
 * enter, at most `keep` of each.
 */
export interface EventCount {
  readonly leaf: EventLeaf;
  /** The maximum number of events to keep. */
  readonly keep: number;
  /** Events before this moment do not count and never will. */
  readonly from: number;
  /** Events after this moment do not count yet. */
  readonly until: number;
  /** The number of events that count; if no event can leave, it stops at `keep`. */
  counted: number;
  /** When the newest of the events that count occurred, as a ring buffer. */
  readonly newest: number[];
  /** When the first of the events that will enter occurred, oldest first. */
  readonly upcoming: number[];
}

/** A count without events, as of a moment (ms since 1970). */
export const beginCount = (leaf: EventLeaf, now: number): EventCount => {
  const keep = Math.max(leaf.atLeast, leaf.atMost === undefined ? 0 : leaf.atMost + 1);
  return {
    leaf,
    keep,
    // If any number satisfies the rule, nothing needs to be counted.
    from: keep === 0 ? Number.POSITIVE_INFINITY : now - (leaf.withinMs ?? Number.POSITIVE_INFINITY),
    until: now - (leaf.beforeMs ?? Number.NEGATIVE_INFINITY),
    counted: 0,
    newest: [],
    upcoming: [],
  };
};

/** Whether an event of this moment can affect the result, so that its conditions need to be checked. */
export const isRelevant = (count: EventCount, occurredAt: number): boolean =>
  occurredAt >= count.from &&
  (count.counted + count.upcoming.length < count.keep ||
    // If events leave, a newer one stays longer.
    (count.leaf.withinMs !== undefined && occurredAt <= count.until));

/** Counts an event for which {@link isRelevant} is true. Events must be passed oldest first. */
export const countEvent = (count: EventCount, occurredAt: number): void => {
  if (occurredAt > count.until) {
    count.upcoming.push(occurredAt);
    return;
  }
  if (count.leaf.withinMs !== undefined) count.newest[count.counted % count.keep] = occurredAt;
  count.counted += 1;
};

/** When the n-th newest of the events that count leaves. */
const leavesAt = ({ leaf, newest, counted, keep }: EventCount, n: number): number =>
  leaf.withinMs === undefined || n > counted
    ? Number.POSITIVE_INFINITY
    : (newest[(counted - n) % keep] as number) + leaf.withinMs + 1;

/** When the n-th of the upcoming events enters. */
const entersAt = ({ leaf, upcoming }: EventCount, n: number): number =>
  leaf.beforeMs === undefined || n > upcoming.length
    ? Number.POSITIVE_INFINITY
    : (upcoming[n - 1] as number) + leaf.beforeMs;

/**
 * Whether the count satisfies the rule, and the earliest moment at which that may change. If events both enter and
 * leave, only those that contribute to a change are considered, so the moment may be too early, but never too late.
 */
export const countOutlook = (count: EventCount): Outlook => {
  const { counted } = count;
  const { atLeast, atMost = Number.POSITIVE_INFINITY } = count.leaf;
  if (counted < atLeast) return { holds: false, changesAt: entersAt(count, atLeast - counted) };
  if (counted > atMost) return { holds: false, changesAt: leavesAt(count, atMost + 1) };
  const tooFewAt = atLeast === 0 ? Number.POSITIVE_INFINITY : leavesAt(count, atLeast);
  return { holds: true, changesAt: Math.min(tooFewAt, entersAt(count, atMost + 1 - counted)) };
};
