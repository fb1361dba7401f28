import type { MessageOperation } from '#shared/aws/queue-handler.ts';
import { partOf } from '#shared/aws/retry.ts';
import type { QueueSender } from '#shared/aws/sqs.ts';
import type { IdentityStore } from '#shared/identities/identity-store.ts';
import { jobMessages, type PlanMessage, type RefreshMessage } from '#shared/refresh/messages.ts';
import type { ProgressStore } from '#shared/refresh/progress-store.ts';
import type { SegmentStore } from '#shared/segments/segment-store.ts';

/** What planning needs. */
export interface PlanDeps {
  readonly contacts: Pick<IdentityStore, 'idsOfShard'>;
  readonly segments: Pick<SegmentStore, 'membersOfShard'>;
  readonly progress: Pick<ProgressStore, 'plannedPage' | 'savePage'>;
  readonly workers: QueueSender<RefreshMessage>;
  readonly planner: QueueSender<PlanMessage>;
}

/** Contacts of one page: ten calls of ten messages. */
const PAGE = 2_000;

/** Sending a page takes at most this long. */
const SEND_MS = 20_000;

/**
 * Finds a page of a job's contacts, sends them to the workers, and itself a message for the next page. A page that was
 * planned before is not sent again, only the message that follows from it, so a double delivery neither loses a page
 * nor counts one twice.
 */
export const createPlan =
  (deps: PlanDeps): MessageOperation<PlanMessage> =>
  async (message, { budget }) => {
    const { orgId, jobId, of, shard, after } = message;
    const start = { shard, after };
    let page = await deps.progress.plannedPage(orgId, jobId, start);
    if (page === undefined) {
      const { ids, next } =
        of.kind === 'everyone'
          ? await deps.contacts.idsOfShard(orgId, shard, PAGE, after, budget)
          : await deps.segments.membersOfShard(orgId, of.segmentId, shard, PAGE, after, budget);
      const prefix = `${shard}#${after ?? ''}#`;
      const messages = jobMessages(orgId, jobId, ids, { consistent: false, prefix });
      await deps.workers.sendAll(messages, partOf(budget, SEND_MS));
      page = { count: ids.length, next };
      await deps.progress.savePage(orgId, jobId, start, page);
    }
    if (page.next === undefined) return;
    await deps.planner.sendAll([{ orgId, jobId, of, shard, after: page.next }], partOf(budget, SEND_MS));
  };
