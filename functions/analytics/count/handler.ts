import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import pMap from 'p-map';
import type { CountedStore } from '#shared/analytics/counted-store.ts';
import { abandoned, type Generations, isOverdue } from '#shared/analytics/generations.ts';
import type { GenerationsStore } from '#shared/analytics/generations-store.ts';
import { type Pack, type Placed, packsOf } from '#shared/analytics/packing.ts';
import { type CountedByRebuild, checkedGenerations, placementOf } from '#shared/analytics/placement.ts';
import type { Mark, RollupStore } from '#shared/analytics/rollup-store.ts';
import { type Group, groupsOf, type NewEvent, newEventOf } from '#shared/analytics/stream-record.ts';
import { isPermanent, pauseBefore, type RetryBudget } from '#shared/aws/retry.ts';

/** The dependencies of {@link createCountEvents}. */
export interface CountEventsDeps {
  readonly rollups: Pick<RollupStore, 'countState' | 'commit'>;
  readonly generations: Pick<GenerationsStore, 'change'>;
  readonly counted: Pick<CountedStore, 'counted'>;
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

/** The outcome of one attempt at a group. `retry`: some of it is not counted yet. */
type Outcome = { readonly kind: 'counted' } | { readonly kind: 'retry'; readonly cause: unknown };

/** Parses the events of a batch; `broken` are the records that are not events. */
const parse = (records: readonly DynamoDBRecord[]) => {
  const events: NewEvent[] = [];
  const broken: DynamoDBRecord[] = [];
  for (const record of records) {
    try {
      events.push(newEventOf(record));
    } catch {
      broken.push(record);
    }
  }
  return { events, broken };
};

/** Decides in which generations each event is counted, given the events that rebuilds have counted. */
const place = async (
  { counted }: CountEventsDeps,
  orgId: string,
  generations: Generations,
  events: readonly NewEvent[],
  budget: RetryBudget,
): Promise<Placed[]> => {
  const contacts = new Map<number, Set<string>>();
  for (const event of events) {
    for (const generation of checkedGenerations(generations, event)) {
      contacts.set(generation, (contacts.get(generation) ?? new Set()).add(event.contactId));
    }
  }
  const known = new Map<number, ReadonlyMap<string, CountedByRebuild>>();
  for (const [generation, contactIds] of contacts) {
    known.set(generation, await counted.counted(orgId, generation, contactIds, budget));
  }
  return events.map((event) => ({
    event,
    ...placementOf(generations, event, (generation) => known.get(generation)?.get(event.contactId)),
  }));
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

const countGroup = async (deps: CountEventsDeps, group: Group, budget: RetryBudget): Promise<Outcome> => {
  const { orgId, shard, events } = group;
  const seconds = new Set(events.map(({ second }) => second));
  const state = await deps.rollups.countState(orgId, shard, seconds, budget);
  const left = events.filter(({ second, recordId }) => !state.marks.get(second)?.ids.has(recordId));
  if (left.length === 0) return { kind: 'counted' };
  const { generations } = state;
  if (await abandonOverdue(deps, orgId, generations, budget)) {
    return { kind: 'retry', cause: 'an overdue rebuild was abandoned' };
  }

  const placed = await place(deps, orgId, generations, left, budget);
  const marks = new Map(state.marks);
  for (const pack of packsOf(placed)) {
    const committed = await commitPack(deps, group, generations, marks, pack, budget);
    if (!committed) return { kind: 'retry', cause: 'another consumer or a rebuild has written first' };
  }
  return { kind: 'counted' };
};

/** Returns the items in random order, so that consumers of several stream shards conflict less often. */
const shuffled = <T>(items: readonly T[], random: () => number): T[] =>
  items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);

/**
 * Counts all groups.
 * @throws NotCountedError after every group was attempted
 */
const countAll = async (
  deps: CountEventsDeps,
  groups: readonly Group[],
  budget: RetryBudget,
): Promise<void> => {
  let open = groups;
  for (let attempt = 1; ; attempt++) {
    const retries: Group[] = [];
    let cause: unknown;
    let permanent = false;
    await pMap(
      shuffled(open, budget.random),
      async (group) => {
        let outcome: Outcome;
        try {
          outcome = await countGroup(deps, group, budget);
        } catch (error) {
          permanent ||= isPermanent(error);
          outcome = { kind: 'retry', cause: error };
        }
        if (outcome.kind === 'counted') return;
        cause = outcome.cause;
        retries.push(group);
      },
      { concurrency: CONCURRENCY },
    );
    if (retries.length === 0) return;
    open = retries;
    if (permanent || budget.now() >= budget.deadline) {
      throw new NotCountedError('Not all records could be counted', { cause });
    }
    await budget.sleep(pauseBefore(attempt, false, budget.random));
  }
};

/**
 * Counts new events by the dates on which they occurred, each exactly once however often its record is
 * delivered: increments and the marks of their records are written in one transaction. It never waits for a
 * rebuild. A record that is not an event is reported after all others are counted, so that none of them is
 * lost when that record is moved to the dead-letter queue.
 */
export const createCountEvents =
  (deps: CountEventsDeps) =>
  async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const { events, broken } = parse(Records);
    const budget = deps.budget();
    await countAll(deps, groupsOf(events), budget);
    if (events.length > 0) {
      const oldest = events.reduce((least, { second }) => Math.min(least, second), Number.POSITIVE_INFINITY);
      deps.onCounted({ events: events.length, lagMs: budget.now() - oldest * 1_000 });
    }
    const failed = broken.flatMap(({ dynamodb }) => dynamodb?.SequenceNumber ?? []);
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
