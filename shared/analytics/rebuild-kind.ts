import type { QueueSender } from '../aws/sqs.ts';
import type { JobKind } from '../jobs/planner.ts';
import { createRebuildPlan, type RebuildPlanDeps } from './rebuild-plan.ts';
import type { RebuildMessage } from './rebuild-task.ts';

/** The name of the kind of jobs that rebuild the charts of an organisation. */
export const REBUILD_KIND = 'rebuild';

/** The dependencies of {@link createRebuildKind}. */
export interface RebuildKindDeps extends RebuildPlanDeps {
  readonly workers: QueueSender<RebuildMessage>;
}

/** The kind of rebuild jobs, for the planner. */
export const createRebuildKind = ({ workers, ...deps }: RebuildKindDeps): JobKind => {
  const plan = createRebuildPlan(deps);
  return {
    next: ({ orgId, id, total, done, failed }, cursor, { limit, isIdle, budget }) => {
      // A page that is settling at this moment may be neither in flight nor counted; the worker that settles
      // it wakes the planner.
      const isSettled = isIdle && done + failed >= total;
      return plan({ orgId, id, failed, isSettled }, cursor ?? undefined, { limit, budget });
    },
    send: ({ orgId }, chunks, budget) => {
      const messages = chunks.map(({ ref, items }) => ({ orgId, job: ref, tasks: [...items] }));
      return workers.sendAll(messages, budget);
    },
  };
};
