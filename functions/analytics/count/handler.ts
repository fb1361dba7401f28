import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import pMap from 'p-map';
import {
  abandoned,
  type ContactReading,
  checkedGenerations,
  type Generations,
  type Verdict,
  verdictOf,
} from '#shared/analytics/generations.ts';
import { type Pack, packsOf } from '#shared/analytics/packing.ts';
import type { RebuildStore } from '#shared/analytics/rebuild-store.ts';
import type { CountState, Mark, RollupStore } from '#shared/analytics/rollup-store.ts';
import { type Group, groupsOf, type NewEvent, newEventOf } from '#shared/analytics/stream-record.ts';
import { isPermanent, pauseBefore, type RetryBudget } from '#shared/aws/retry.ts';

/** What counting needs. */
export interface CountEventsDeps {
  readonly rollups: Pick<RollupStore, 'countState' | 'commit'>;
  readonly rebuilds: Pick<RebuildStore, 'change' | 'leasedUntil' | 'readings' | 'want'>;
  /** Told of each batch that was counted: how many events, and how long after the oldest of them was stored. */
  readonly onCounted: (counted: { readonly events: number; readonly lagMs: number }) => void;
  /** How long a batch may be worked on; it begins with the call. */
  readonly budget: () => RetryBudget;
}

/**
 * Thrown when some records of a batch could not be counted in time; the others are. The batch comes again, and what is
 * counted is known by its marks.
 */
export class NotCountedError extends Error {
  override readonly name = 'NotCountedError';
}

/** Groups worked on at once. */
const CONCURRENCY = 8;

const NONE: ContactReading = { kind: 'none' };

/** What came of one try at a group. `again`: some of it is not counted yet, and why. */
type Outcome = { readonly kind: 'counted' } | { readonly kind: 'again'; readonly cause: unknown };

/** The batch's events, and the records that are none. */
const sort = (records: readonly DynamoDBRecord[]) => {
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

/** Where each of the events counts, by what rebuilds have done of their contacts. */
const judge = async (
  { rebuilds }: CountEventsDeps,
  orgId: string,
  generations: Generations,
  events: readonly NewEvent[],
  budget: RetryBudget,
): Promise<ReadonlyMap<NewEvent, Verdict>> => {
  const contacts = new Map<number, Set<string>>();
  for (const event of events) {
    for (const generation of checkedGenerations(generations, event)) {
      contacts.set(generation, (contacts.get(generation) ?? new Set()).add(event.contactId));
    }
  }
  const readings = new Map<number, ReadonlyMap<string, ContactReading>>();
  for (const [generation, contactIds] of contacts) {
    readings.set(generation, await rebuilds.readings(orgId, generation, contactIds, budget));
  }
  return new Map(
    events.map((event) => {
      const readingOf = (generation: number) => readings.get(generation)?.get(event.contactId) ?? NONE;
      return [event, verdictOf(generations, event, readingOf)];
    }),
  );
};

/** Writes a pack, and the marks of its records over those that were read before. */
const commitPack = async (
  { rollups }: CountEventsDeps,
  { orgId, slot }: Group,
  generations: Generations,
  marks: Map<number, Mark>,
  pack: Pack,
): Promise<boolean> => {
  const advances = [...Map.groupBy(pack.events, ({ second }) => second)].map(
    ([second, events]) =>
      [second, { read: marks.get(second) as Mark, add: events.map(({ recordId }) => recordId) }] as const,
  );
  const outcome = await rollups.commit({
    orgId,
    slot,
    generations,
    marks: new Map(advances),
    increments: [...pack.increments.values()],
  });
  if (outcome === 'conflict') return false;
  for (const [second, { read, add }] of advances) {
    marks.set(second, { version: read.version + 1, ids: new Set([...read.ids, ...add]) });
  }
  return true;
};

/** Whether the rebuild that is under way has died; it is given up then. */
const giveUpDead = async (
  { rebuilds }: CountEventsDeps,
  orgId: string,
  { generations }: CountState,
  budget: RetryBudget,
): Promise<boolean> => {
  const { building } = generations;
  if (building === undefined) return false;
  if ((await rebuilds.leasedUntil(orgId, building, budget)) >= budget.now()) return false;
  await rebuilds.change(orgId, generations, abandoned(generations), budget);
  return true;
};

const countGroup = async (deps: CountEventsDeps, group: Group, budget: RetryBudget): Promise<Outcome> => {
  const { orgId, slot, events } = group;
  const seconds = new Set(events.map(({ second }) => second));
  const state = await deps.rollups.countState(orgId, slot, seconds, budget);
  const left = events.filter(({ second, recordId }) => !state.marks.get(second)?.ids.has(recordId));
  if (left.length === 0) return { kind: 'counted' };
  if (await giveUpDead(deps, orgId, state, budget)) return { kind: 'again', cause: 'a rebuild has died' };

  const { generations } = state;
  const verdicts = [...(await judge(deps, orgId, generations, left, budget))];
  const wanted = new Set(verdicts.flatMap(([{ contactId }, verdict]) => (verdict.wanted ? [contactId] : [])));
  if (generations.building !== undefined && wanted.size > 0) {
    await deps.rebuilds.want(orgId, generations.building, wanted, budget);
  }
  const placed = verdicts.flatMap(([event, { countIn }]) =>
    countIn === undefined ? [] : [{ event, countIn }],
  );
  const marks = new Map(state.marks);
  for (const pack of packsOf(placed)) {
    const committed = await commitPack(deps, group, generations, marks, pack);
    if (!committed) return { kind: 'again', cause: 'somebody else was at work' };
  }
  return placed.length === left.length
    ? { kind: 'counted' }
    : { kind: 'again', cause: 'a rebuild is reading their contacts' };
};

/** The groups in any order: consumers of several shards then meet less often at the same ones. */
const shuffled = <T>(items: readonly T[], random: () => number): T[] =>
  items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);

/** @throws {@link NotCountedError}; every group has had its try by then */
const countAll = async (
  deps: CountEventsDeps,
  groups: readonly Group[],
  budget: RetryBudget,
): Promise<void> => {
  let open = groups;
  for (let attempt = 1; ; attempt++) {
    const again: Group[] = [];
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
          outcome = { kind: 'again', cause: error };
        }
        if (outcome.kind === 'counted') return;
        cause = outcome.cause;
        again.push(group);
      },
      { concurrency: CONCURRENCY },
    );
    if (again.length === 0) return;
    open = again;
    if (permanent || budget.now() >= budget.deadline) {
      throw new NotCountedError('Not all records could be counted', { cause });
    }
    await budget.sleep(pauseBefore(attempt, false, budget.random));
  }
};

/**
 * Counts new events by the dates when they occurred, each once however often its record is delivered: increments and the marks of
 * their records are written together. A record that is no event is reported after all others are counted, so
 * that none of them is lost when it is put aside.
 */
export const createCountEvents =
  (deps: CountEventsDeps) =>
  async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const { events, broken } = sort(Records);
    const budget = deps.budget();
    await countAll(deps, groupsOf(events), budget);
    if (events.length > 0) {
      const oldest = events.reduce((least, { second }) => Math.min(least, second), Number.POSITIVE_INFINITY);
      deps.onCounted({ events: events.length, lagMs: budget.now() - oldest * 1_000 });
    }
    const failed = broken.flatMap(({ dynamodb }) => dynamodb?.SequenceNumber ?? []);
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
