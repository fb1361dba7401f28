import { budgetOf } from '../aws/retry.ts';
import type { QueueSender } from '../aws/sqs.ts';
import type { Clock } from '../time/clock.ts';
import type { CountStore } from './count-store.ts';
import type { PlanMessage } from './messages.ts';
import { type ChunkRef, failedOf, ITEMS_PER_CHUNK, isSettled, type Report, reported } from './page.ts';

/** Counts processed items, each exactly once, however often a chunk is delivered. */
export interface JobCounter {
  /** Counts all items of a chunk as done. */
  finish(orgId: string, ref: ChunkRef, size: number): Promise<void>;
  /**
   * Counts the items of a chunk that are not done as failed, since it may not be delivered again; an item
   * that is done later is recounted.
   */
  fail(orgId: string, ref: ChunkRef, size: number): Promise<void>;
  /**
   * Counts some items of a chunk as done.
   * @param at - the positions of these items within the chunk
   */
  finishSome(orgId: string, ref: ChunkRef, at: readonly number[]): Promise<void>;
}

/** The dependencies of {@link createJobCounter}. */
export interface JobCounterDeps {
  readonly counts: CountStore;
  readonly planner: QueueSender<PlanMessage>;
  readonly now: Clock;
  /**
   * Called once for each page of which items had failed when it was settled, with their number. It includes items that
   * succeed in the last attempt, since their chunk is counted as failed before it.
   */
  readonly onFailed: (items: number) => void;
}

/** The time limit for sending a message, in ms. */
const SEND_MS = 5_000;

/** Creates a {@link JobCounter}; it wakes the planner when a page settles. */
export const createJobCounter = ({ counts, planner, now, onFailed }: JobCounterDeps): JobCounter => {
  const wakePlanner = (orgId: string, jobId: string): Promise<void> =>
    planner.sendAll([{ orgId, jobId }], budgetOf(SEND_MS, now));

  const count = async (orgId: string, { id, page: number }: ChunkRef, report: Report): Promise<void> => {
    const page = await counts.report(orgId, id, number, report);
    if (page === undefined) {
      if (report.kind !== 'failed') await counts.correct(orgId, id, number, reported(report));
      // The worker that settled the page may have been interrupted before it woke the planner.
      await wakePlanner(orgId, id);
      return;
    }
    if (!isSettled(page)) return;
    if (!(await counts.settle(orgId, id, page))) return;
    const failed = failedOf(page).size;
    if (failed > 0) onFailed(failed);
    if (!page.isOnly) await wakePlanner(orgId, id);
  };

  return {
    finish: (orgId, ref, size) => count(orgId, ref, { kind: 'done', chunk: ref.chunk, size }),
    fail: (orgId, ref, size) => count(orgId, ref, { kind: 'failed', chunk: ref.chunk, size }),
    async finishSome(orgId, ref, at) {
      if (at.length === 0) return;
      const positions = at.map((position) => ref.chunk * ITEMS_PER_CHUNK + position);
      await count(orgId, ref, { kind: 'some', chunk: ref.chunk, positions });
    },
  };
};
