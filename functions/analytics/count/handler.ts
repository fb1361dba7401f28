import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import pMap from 'p-map';
import type { CountedStore } from '#shared/analytics/counted-store.ts';
import { abandoned, type Generations, isOverdue } from '#shared/analytics/generations.ts';
import type { GenerationsStore } from '#shared/analytics/generations-store.ts';
import { createKnownMarks, type KnownMarks, type Mark, markPartition } from '#shared/analytics/mark.ts';
import type { NameSampler } from '#shared/analytics/name-sample-store.ts';
import { type Pack, packsOf } from '#shared/analytics/packing.ts';
import type { RollupStore } from '#shared/analytics/rollup-store.ts';
import { type Group, groupsOf, type NewEvent, newEventOf } from '#shared/analytics/stream-record.ts';
import { isPermanent, isRefusal, partOf, pauseBefore, type RetryBudget } from '#shared/aws/retry.ts';
import { deadLetterOf, type SetAside, type StreamDeadLetter } from '#shared/aws/set-aside.ts';
import type { QueueSender } from '#shared/aws/sqs.ts';
import { isActivityKind } from '#shared/events/kinds.ts';
import { type LookUps, lookUp, newLookUps, place } from './look-ups.ts';

/** The dependencies of {@link createCountEvents}. */
export interface CountEventsDeps {
  readonly rollups: Pick<RollupStore, 'countState' | 'commit'>;
  readonly generations: Pick<GenerationsStore, 'change'>;
  readonly counted: Pick<CountedStore, 'counted'>;
  readonly samples: Pick<NameSampler, 'offer'>;
  readonly deadLetters: QueueSender<StreamDeadLetter>;
  /**
   * Called for each counted batch, with the number of events and the time since the oldest of them was
   * stored.
   */
  readonly onCounted: (counted: { readonly events: number; readonly lagMs: number }) => void;
  /** Returns the budget of a batch, which begins with the call. */
  readonly budget: () => RetryBudget;
}

/**
 * Thrown when some records of a batch could not be counted in time; the others are counted. The batch is
 * retried, and counted records are recognised by their marks.
 */
export class NotCountedError extends Error {
  override readonly name = 'NotCountedError';
}

/** The number of groups processed concurrently. */
const CONCURRENCY = 8;

/** The time limit for sending dead letters, in ms. */
const SEND_MS = 10_000;

/**
 * A group that is being counted. `marks` has what is known of the mark of each second of its events. Every attempt reads
 * only what is not known yet, since many consumers compete for the same partitions.
 */
interface Counting {
  readonly group: Group;
  readonly marks: Map<number, Mark>;
  readonly lookUps: LookUps;
}

/** The outcome of one attempt at a group. */
type Outcome =
  | { readonly kind: 'counted' }
  /** AWS refuses its only event. */
  | { readonly kind: 'refused' }
  /** Some of it is not counted yet. */
  | { readonly kind: 'retry'; readonly rest: readonly Counting[]; readonly cause: unknown };

const countingOf = (group: Group, known: KnownMarks): Counting => {
  const { orgId, shard, events } = group;
  const marks = events.map(({ second }) => [second, known.get(markPartition(orgId, second, shard))] as const);
  return { group, marks: new Map(marks), lookUps: newLookUps() };
};

/** The two halves of a group of several events. */
const halvesOf = ({ events, ...group }: Group, known: KnownMarks): Counting[] => {
  const half = Math.floor(events.length / 2);
  return [events.slice(0, half), events.slice(half)].map((each) =>
    countingOf({ ...group, events: each }, known),
  );
};

/** Parses the records of a batch, without those of kinds that are not charted. */
const parse = (records: readonly DynamoDBRecord[]) => {
  const recordOf = new Map<NewEvent, DynamoDBRecord>();
  const unreadable: SetAside[] = [];
  for (const record of records) {
    try {
      const event = newEventOf(record);
      if (isActivityKind(event.kind)) recordOf.set(event, record);
    } catch {
      unreadable.push({ record, reason: 'unreadable' });
    }
  }
  return { recordOf, unreadable };
};

/**
 * Writes a pack, and updates `marks` with its records.
 * @returns false if there was a conflict
 */
const commitPack = async (
  { rollups }: CountEventsDeps,
  { orgId, shard }: Group,
  generations: Generations,
  marks: Map<number, Mark>,
  pack: Pack,
  budget: RetryBudget,
): Promise<boolean> => {
  const advances = [...Map.groupBy(pack.events, ({ second }) => second)].map(
    ([second, events]) =>
      [second, { read: marks.get(second) as Mark, add: events.map(({ recordId }) => recordId) }] as const,
  );
  const commit = {
    orgId,
    shard,
    generations,
    marks: new Map(advances),
    increments: [...pack.increments.values()],
    notes: pack.notes,
  };
  const outcome = await rollups.commit(commit, budget);
  if (outcome === 'conflict') return false;
  for (const [second, { read, add }] of advances) {
    marks.set(second, { version: read.version + 1, ids: new Set([...read.ids, ...add]) });
  }
  return true;
};

/**
 * Abandons a rebuild that has taken too long.
 * @returns whether it did, so that the state is out of date
 */
const abandonOverdue = async (
  deps: CountEventsDeps,
  orgId: string,
  generations: Generations,
  budget: RetryBudget,
): Promise<boolean> => {
  const { building } = generations;
  if (building === undefined || !isOverdue(generations, budget.now())) return false;
  await deps.generations.change(orgId, abandoned(building.generation), budget);
  return true;
};

const countGroup = async (
  deps: CountEventsDeps,
  counting: Counting,
  budget: RetryBudget,
): Promise<Outcome> => {
  const { group, marks, lookUps } = counting;
  const { orgId, shard, events } = group;
  const again = (cause: string): Outcome => ({ kind: 'retry', rest: [counting], cause });
  const state = await deps.rollups.countState(orgId, shard, marks, budget);
  for (const [second, mark] of state.marks) marks.set(second, mark);
  const left = events.filter(({ second, recordId }) => !marks.get(second)?.ids.has(recordId));
  if (left.length === 0) return { kind: 'counted' };
  const { generations } = state;
  if (await abandonOverdue(deps, orgId, generations, budget)) {
    return again('an overdue rebuild was abandoned');
  }

  await lookUp(deps.counted, orgId, generations, lookUps, left, budget);
  // Before they are counted, so that every counted name has been offered.
  await deps.samples.offer(orgId, left, budget);
  for (const pack of packsOf(place(generations, lookUps, left))) {
    const committed = await commitPack(deps, group, generations, marks, pack, budget);
    if (!committed) return again('another consumer or a rebuild has written first');
  }
  return { kind: 'counted' };
};

/**
 * Attempts to count a group. AWS refuses a whole transaction if it refuses one of its items, so a refused group is halved
 * until the event is found.
 */
const attempt = async (
  deps: CountEventsDeps,
  counting: Counting,
  known: KnownMarks,
  budget: RetryBudget,
): Promise<Outcome> => {
  const { group, marks } = counting;
  try {
    return await countGroup(deps, counting, budget);
  } catch (cause) {
    if (!isRefusal(cause)) return { kind: 'retry', rest: [counting], cause };
    return group.events.length === 1
      ? { kind: 'refused' }
      : { kind: 'retry', rest: halvesOf(group, known), cause };
  } finally {
    for (const [second, mark] of marks) known.set(markPartition(group.orgId, second, group.shard), mark);
  }
};

/** Returns the items in random order, so that consumers of several stream shards conflict less often. */
const shuffled = <T>(items: readonly T[], random: () => number): T[] =>
  items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);

/**
 * Counts all groups.
 *
 * @returns the events that AWS refuses
 * @throws NotCountedError after every group was attempted
 */
const countAll = async (
  deps: CountEventsDeps,
  groups: readonly Group[],
  known: KnownMarks,
  budget: RetryBudget,
): Promise<NewEvent[]> => {
  const refused: NewEvent[] = [];
  let open = groups.map((group) => countingOf(group, known));
  for (let attempts = 1; ; attempts++) {
    const retries: Counting[] = [];
    const causes: unknown[] = [];
    await pMap(
      shuffled(open, budget.random),
      async (counting) => {
        const outcome = await attempt(deps, counting, known, budget);
        if (outcome.kind === 'refused') refused.push(...counting.group.events);
        if (outcome.kind !== 'retry') return;
        retries.push(...outcome.rest);
        causes.push(outcome.cause);
      },
      { concurrency: CONCURRENCY },
    );
    if (retries.length === 0) return refused;
    open = retries;
    const isHopeless = causes.some((cause) => isPermanent(cause) && !isRefusal(cause));
    if (isHopeless || budget.now() >= budget.deadline) {
      throw new NotCountedError('Not all records could be counted', { cause: causes.at(-1) });
    }
    await budget.sleep(pauseBefore(attempts, false, budget.random));
  }
};

/**
 * Counts new events by the dates on which they occurred, each exactly once however often its record is
 * delivered: increments and the marks of their records are written in one transaction. It never waits for a
 * rebuild. A record that cannot be counted, because it is not an event or AWS refuses its counts, is set aside
 * as a dead letter after all others are counted, so that it delays none of them and a retry does not repeat it.
 *
 * @throws NotCountedError, or OutOfTimeError if the dead letters could not be sent: the whole batch is
 * delivered again, and counted records are recognised by their marks
 */
export const createCountEvents = (deps: CountEventsDeps) => {
  const known = createKnownMarks();
  return async ({ Records }: DynamoDBStreamEvent): Promise<void> => {
    const { recordOf, unreadable } = parse(Records);
    const events = [...recordOf.keys()];
    const budget = deps.budget();
    const refused = await countAll(deps, groupsOf(events), known, budget);
    if (events.length > refused.length) {
      const oldest = events.reduce((least, { second }) => Math.min(least, second), Number.POSITIVE_INFINITY);
      deps.onCounted({ events: events.length - refused.length, lagMs: budget.now() - oldest * 1_000 });
    }
    const asRefused = (event: NewEvent): SetAside => ({
      record: recordOf.get(event) as DynamoDBRecord,
      reason: 'refused',
    });
    const letters = [...unreadable, ...refused.map(asRefused)].map(deadLetterOf);
    await deps.deadLetters.sendAll(letters, partOf(deps.budget(), SEND_MS));
  };
};
