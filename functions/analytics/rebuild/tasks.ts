import { addUp, MAX_CELLS } from '#shared/analytics/add-up.ts';
import { createPartBuilder } from '#shared/analytics/counted-part.ts';
import type { CountedStore, RebuildContact } from '#shared/analytics/counted-store.ts';
import { buildingOf, type Generations } from '#shared/analytics/generations.ts';
import {
  addHours,
  baseRollups,
  divided,
  type HourCounts,
  seriesGroups,
} from '#shared/analytics/hour-counts.ts';
import type { NameSampler } from '#shared/analytics/name-sample-store.ts';
import type { GenerationRef, RebuildStore } from '#shared/analytics/rebuild-store.ts';
import type { RebuildTask } from '#shared/analytics/rebuild-task.ts';
import type { RetryBudget } from '#shared/aws/retry.ts';
import type { EventReader } from '#shared/events/event-store.ts';
import { isActivityKind } from '#shared/events/kinds.ts';

/** The dependencies of {@link createRunTask}. */
export interface RebuildTaskDeps {
  readonly events: Pick<EventReader, 'history'>;
  readonly counted: Pick<CountedStore, 'finish' | 'isFinished' | 'putPart'>;
  readonly rebuilds: RebuildStore;
  readonly samples: Pick<NameSampler, 'offer'>;
  /** Returns a unique id for an attempt at a contact. */
  readonly newAttempt: () => string;
}

/** The options of running a task. */
export interface TaskOptions {
  readonly budget: RetryBudget;
  /** Whether the task may have been done before: then a finished contact is not read again. */
  readonly isRetry: boolean;
}

/** Whether a task is still relevant: a late task, or one of an abandoned rebuild, is not. */
export const isRelevant = (generations: Generations, { kind, generation }: RebuildTask): boolean => {
  const building = buildingOf(generations, generation);
  if (kind === 'remove') return building === undefined && generations.current !== generation;
  return building !== undefined && building.isClosed === (kind !== 'read');
};

/** The number of cells whose rollups are stored at once, a thousand writes or more. */
const STORED_CELLS = 20_000;

/** Runs the tasks of rebuilds. Each may be repeated, and run by several workers concurrently. */
export const createRunTask = ({ events, counted, rebuilds, samples, newAttempt }: RebuildTaskDeps) => {
  const read = async (contact: RebuildContact, { budget, isRetry }: TaskOptions): Promise<void> => {
    if (isRetry && (await counted.isFinished(contact, budget))) return;
    const { orgId, contactId } = contact;
    const attempt = newAttempt();
    const builder = createPartBuilder();
    let parts = 0;
    for await (const page of events.history(orgId, [contactId], { consistent: true, budget })) {
      // Before they are counted, so that every counted name has been offered.
      await samples.offer(orgId, page, budget);
      for (const event of page) {
        if (!isActivityKind(event.kind)) continue;
        const full = builder.add(event);
        if (full === undefined) continue;
        parts += 1;
        await counted.putPart(contact, attempt, parts, full, budget);
      }
    }
    // A contact without events is recorded as well: a late attempt that finds events must not become the
    // valid one.
    await counted.finish(contact, attempt, parts, builder.rest(), budget);
  };

  /** Adds up a slice, in as many passes as its counts require to fit into memory. */
  const total = async (ref: GenerationRef, slice: number, budget: RetryBudget): Promise<void> => {
    const { cells, parts } = await rebuilds.slice(ref, slice, budget);
    const passes = Math.ceil(cells / MAX_CELLS);
    for (let pass = 0; pass < passes; pass++) {
      const counts: HourCounts = new Map();
      for await (const part of parts()) {
        addHours(counts, divided(part, passes, 'pass').get(pass) ?? new Map());
      }
      for (const group of seriesGroups(counts, STORED_CELLS)) {
        await rebuilds.putRollups(baseRollups(ref.orgId, ref.generation, group), budget);
      }
    }
  };

  return async (orgId: string, task: RebuildTask, options: TaskOptions): Promise<void> => {
    const { budget } = options;
    const ref = { orgId, generation: task.generation };
    switch (task.kind) {
      case 'read':
        return read({ ...ref, contactId: task.contactId }, options);
      case 'sum':
        return rebuilds.putSum(ref, task.shard, addUp(rebuilds.rows(ref, task.shard, budget)), budget);
      case 'total':
        return total(ref, task.slice, budget);
      case 'remove':
        return rebuilds.remove(ref, task.slice, budget);
    }
  };
};
