import pMap from 'p-map';
import type * as v from 'valibot';
import { abandoned } from '#shared/analytics/generations.ts';
import type { GenerationsStore } from '#shared/analytics/generations-store.ts';
import type { RebuildMessageSchema } from '#shared/analytics/rebuild-task.ts';
import type { MessageOperation } from '#shared/aws/queue-handler.ts';
import { partOf, type RetryBudget } from '#shared/aws/retry.ts';
import type { IsCancelled } from '#shared/jobs/control.ts';
import type { JobCounter } from '#shared/jobs/counter.ts';
import { createRunTask, isOfUse, type RebuildTaskDeps } from './tasks.ts';

/** What the worker of rebuilds needs. */
export interface RebuildWorkerDeps extends RebuildTaskDeps {
  readonly generations: GenerationsStore;
  readonly jobs: JobCounter;
  readonly isCancelled: IsCancelled;
  /** How often a message is received before it goes to the dead-letter queue. */
  readonly maxAttempts: number;
}

type ParsedMessage = v.InferOutput<typeof RebuildMessageSchema>;

/** Contacts that are read at once: pages of 1 MB, which keep one CPU busy. */
const READS = 8;

/**
 * The time for one contact: that of a message (twelve minutes) has room for three rounds of {@link READS}. A million events are a
 * thousand pages at 30 ms or so each, and some 50 parts to store; what takes longer fails alone.
 */
const CONTACT_MS = 240_000;

/** Sums that are made at once: each holds all hours of an organisation in memory. */
const SUMS = 2;

/**
 * Thrown when some tasks of a message could not be done; the message comes back. `errors` has the error of each of them: it is
 * permanent where all of them are. `cause` is the first.
 */
export class TasksFailedError extends AggregateError {
  override readonly name = 'TasksFailedError';
}

/**
 * Does the tasks of a message, and reports them to the job. A task that is of no use any more counts as done: the job finds out that
 * its rebuild was given up. Where the job itself is cancelled, the rebuild is given up here.
 */
export const createRebuildWorker = (deps: RebuildWorkerDeps): MessageOperation<ParsedMessage> => {
  const { generations, jobs } = deps;
  const runTask = createRunTask(deps);

  /** @returns the tasks that failed, by their positions, and why */
  const runAll = async (
    { orgId, tasks }: ParsedMessage,
    isRetry: boolean,
    budget: RetryBudget,
  ): Promise<ReadonlyMap<number, unknown>> => {
    const failed = new Map<number, unknown>();
    const state = await generations.read(orgId, budget);
    const concurrency = tasks.every(({ kind }) => kind === 'read') ? READS : SUMS;
    await pMap(
      tasks.entries(),
      async ([at, task]) => {
        if (!isOfUse(state, task)) return;
        try {
          const limit = task.kind === 'read' ? partOf(budget, CONTACT_MS) : budget;
          await runTask(orgId, task, { budget: limit, isRetry });
        } catch (error) {
          failed.set(at, error);
        }
      },
      { concurrency },
    );
    return failed;
  };

  return async (message, { attempt, budget }) => {
    const { orgId, job, tasks } = message;
    if (await deps.isCancelled(orgId, job.id)) {
      for (const { generation } of tasks) await generations.change(orgId, abandoned(generation), budget);
      return;
    }
    // Before the last attempt, since one that is interrupted counts nothing; what is done then is counted over it.
    if (attempt >= deps.maxAttempts) await jobs.fail(orgId, job, tasks.length);
    const failed = await runAll(message, attempt > 1, budget);
    if (failed.size === 0) return jobs.finish(orgId, job, tasks.length);

    const done = [...tasks.keys()].filter((at) => !failed.has(at));
    await jobs.finishSome(orgId, job, done);
    const [cause] = failed.values();
    throw new TasksFailedError(
      failed.values(),
      `${failed.size} of ${tasks.length} tasks: ${cause instanceof Error ? cause.name : 'unknown'}`,
      { cause },
    );
  };
};
