import { randomUUID } from 'node:crypto';
import { createRunTask, isRelevant, type RebuildTaskDeps } from '#functions/analytics/rebuild/tasks.ts';
import type { GenerationsStore } from '#shared/analytics/generations-store.ts';
import { createRebuildPlan, type RebuildPlanDeps } from '#shared/analytics/rebuild-plan.ts';
import { fromTaskText } from '#shared/analytics/rebuild-task.ts';
import { budgetOf } from '#shared/aws/retry.ts';
import { shardOfContact } from '#shared/identities/shards.ts';
import { CONTACTS } from './analytics-arbitraries.ts';
import type { AnalyticsWorld } from './analytics-world.ts';
import { type RebuildRun, runRebuild } from './rebuild-runner.ts';

/** A reader of an organisation's contacts over a list. */
export const listing = (contactIds: () => readonly string[]): RebuildPlanDeps['contacts'] => ({
  idsOfShard: async (_orgId, shard) => ({
    ids: contactIds().filter((contactId) => shardOfContact(contactId) === shard),
    next: undefined,
  }),
});

/** The disturbances of a rebuild. */
export interface RebuildOptions extends Partial<Pick<RebuildRun, 'deliveries' | 'onDelivery'>> {
  readonly contacts?: RebuildPlanDeps['contacts'];
  /** Runs before and after each call of a dependency; if it throws, the call fails. */
  readonly happens?: () => Promise<void>;
  /** Processes a chunk elsewhere. @default in this process */
  readonly work?: RebuildRun['work'];
}

/** Wraps a call so that `happens` runs before and after it. */
const around =
  (happens: () => Promise<void>) =>
  <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
  async (...args: A): Promise<R> => {
    await happens();
    const result = await call(...args);
    await happens();
    return result;
  };

const BUDGET_MS = 20_000;

/** Rebuilds an organisation's charts in this process. @returns the final status of the job */
export const rebuild = (world: AnalyticsWorld, options: RebuildOptions = {}): Promise<string> => {
  const { orgId, events, generations, countedStore, rebuilds, samples } = world;
  const { happens = async () => {}, contacts = listing(() => CONTACTS) } = options;
  const between = around(happens);
  let isCancelled = false;
  const watched: GenerationsStore = {
    read: between(generations.read),
    change: between(generations.change),
  };
  const tasks: RebuildTaskDeps = {
    events: {
      async *history(...args) {
        await happens();
        for await (const page of events.history(...args)) {
          yield page;
          await happens();
        }
      },
    },
    counted: {
      finish: between(countedStore.finish),
      isFinished: between(countedStore.isFinished),
      putPart: between(countedStore.putPart),
    },
    rebuilds: {
      ...rebuilds,
      putSum: between(rebuilds.putSum),
      putRollups: between(rebuilds.putRollups),
      remove: between(rebuilds.remove),
    },
    samples: { offer: between(samples.offer) },
    newAttempt: randomUUID,
  };
  const runTask = createRunTask(tasks);
  return runRebuild({
    ...options,
    orgId,
    jobId: `reb_${randomUUID()}`,
    limit: 5,
    budget: () => budgetOf(BUDGET_MS),
    isCancelled: () => isCancelled,
    plan: createRebuildPlan({
      contacts: { idsOfShard: between(contacts.idsOfShard) },
      generations: watched,
      cancel: async () => {
        isCancelled = true;
      },
    }),
    work:
      options.work ??
      (async (items, attempt) => {
        const budget = budgetOf(BUDGET_MS);
        const state = await watched.read(orgId, budget);
        for (const task of items.map(fromTaskText)) {
          if (isRelevant(state, task)) await runTask(orgId, task, { budget, isRetry: attempt > 1 });
        }
      }),
  });
};
