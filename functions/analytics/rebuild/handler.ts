import pMap from 'p-map';
import type * as v from 'valibot';
import { abandoned } from '#shared/analytics/generations.ts';
import type { GenerationsStore } from '#shared/analytics/generations-store.ts';
import type { RebuildMessageSchema } from '#shared/analytics/rebuild-task.ts';
import { PartlyFailedError } from '#shared/aws/partly-failed-error.ts';
import type { MessageOperation } from '#shared/aws/queue-handler.ts';
import { partOf, type RetryBudget } from '#shared/aws/retry.ts';
import type { IsCancelled } from '#shared/jobs/control.ts';
import type { JobCounter } from '#shared/jobs/counter.ts';
import { createRunTask, isRelevant, type RebuildTaskDeps } from './tasks.ts';

/** The dependencies of {@link createRebuildWorker}. */
export interface RebuildWorkerDeps extends RebuildTaskDeps {
  readonly generations: GenerationsStore;
  readonly jobs: JobCounter;
  readonly isCancelled: IsCancelled;
  /** The number of receives after which a message moves to the dead-letter queue. */
  readonly maxAttempts: number;
}

type ParsedMessage = v.InferOutput<typeof RebuildMessageSchema>;

/** The number of contacts that are read concurrently: pages of 1 MB, which keep one CPU busy. */
const READS = 8;

/**
 * The time limit for one contact, in ms: the time of a message (twelve minutes) suffices for three rounds of
 * {@link READS}. A million events are a thousand pages at some 30 ms each, and some 50 parts to store; a
 * contact that takes longer fails alone.
 */
const CONTACT_MS = 240_000;

/** The number of sums that are computed concurrently: each holds up to half a million counts in memory. */
const SUMS = 2;

/** Thrown when some tasks of a message failed. */
export class TasksFailedError extends PartlyFailedError {
  override readonly name = 'TasksFailedError';
}

/**
 * Runs the tasks of a message, and reports them to the job. A task that is no longer relevant counts as done:
 * the job detects that its rebuild was abandoned. If the job itself is cancelled, its rebuild is abandoned
 * here.
 */
export const createRebuildWorker = (deps: RebuildWorkerDeps): MessageOperation<ParsedMessage> => {
  const { generations, jobs } = deps;
  const runTask = createRunTask(deps);

  /**
   * Runs all tasks of a message.
   * @returns the failed tasks by position, with their causes
   */
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
        if (!isRelevant(state, task)) return;
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
    // Before the last attempt, since an interrupted attempt counts nothing; tasks that are done after all are
    // recounted.
    if (attempt >= deps.maxAttempts) await jobs.fail(orgId, job, tasks.length);
    const failed = await runAll(message, attempt > 1, budget);
    if (failed.size === 0) return jobs.finish(orgId, job, tasks.length);

    const done = [...tasks.keys()].filter((at) => !failed.has(at));
    await jobs.finishSome(orgId, job, done);
    throw new TasksFailedError(failed, tasks.length, 'tasks');
  };
};
