import type { QueueSender } from '../aws/sqs.ts';
import type { JobKind } from '../jobs/planner.ts';
import { createRebuildPlan, type RebuildPlanDeps } from './rebuild-plan.ts';
import type { RebuildMessage } from './rebuild-task.ts';

/** The kind of jobs that rebuild an organisation's charts. */
export const REBUILD_KIND = 'rebuild';

/** What the kind of rebuilds needs. */
export interface RebuildKindDeps extends RebuildPlanDeps {
  readonly workers: QueueSender<RebuildMessage>;
}

/** The kind of rebuilds, for the planner. */
export const createRebuildKind = ({ workers, ...deps }: RebuildKindDeps): JobKind => {
  const plan = createRebuildPlan(deps);
  return {
    next: ({ orgId, id, total, done, failed }, cursor, { limit, isIdle, budget }) => {
      // A page that is just settling is neither in flight nor counted; whoever settles it asks for the next step.
      const isSettled = isIdle && done + failed >= total;
      return plan({ orgId, id, failed, isSettled }, cursor ?? undefined, { limit, budget });
    },
    send: ({ orgId }, chunks, budget) => {
      const messages = chunks.map(({ ref, items }) => ({ orgId, job: ref, tasks: [...items] }));
      return workers.sendAll(messages, budget);
    },
  };
};
