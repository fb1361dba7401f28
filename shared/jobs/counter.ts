import { budgetOf } from '../aws/retry.ts';
import type { QueueSender } from '../aws/sqs.ts';
import type { Clock } from '../time/clock.ts';
import type { CountStore } from './count-store.ts';
import type { PlanMessage } from './messages.ts';
import { type ChunkRef, ITEMS_PER_CHUNK, isSettled, type Report, reported } from './page.ts';

/** Counts what workers do, each item once, however often a chunk is delivered. */
export interface JobCounter {
  /** All items of a chunk are done. */
  finish(orgId: string, ref: ChunkRef, size: number): Promise<void>;
  /** Nobody may come back to a chunk: what is not done has failed, until it is done after all. */
  fail(orgId: string, ref: ChunkRef, size: number): Promise<void>;
  /** @param at - which items, within the chunk, are done, though not all of it */
  finishSome(orgId: string, ref: ChunkRef, at: readonly number[]): Promise<void>;
}

/** What counting needs. */
export interface JobCounterDeps {
  readonly counts: CountStore;
  readonly planner: QueueSender<PlanMessage>;
  readonly now: Clock;
}

/** A message is sent within this time. */
const SEND_MS = 5_000;

export const createJobCounter = ({ counts, planner, now }: JobCounterDeps): JobCounter => {
  const wakePlanner = (orgId: string, jobId: string): Promise<void> =>
    planner.sendAll([{ orgId, jobId }], budgetOf(SEND_MS, now));

  const report = async (orgId: string, { id, page: number }: ChunkRef, what: Report): Promise<void> => {
    const page = await counts.report(orgId, id, number, what);
    if (page === undefined) {
      if (what.kind !== 'failed') await counts.mend(orgId, id, number, reported(what));
      // Whoever settled the page may have ended before the planner was told.
      await wakePlanner(orgId, id);
      return;
    }
    if (!isSettled(page)) return;
    const settled = await counts.settle(orgId, id, page);
    if (settled && !page.isOnly) await wakePlanner(orgId, id);
  };

  return {
    finish: (orgId, ref, size) => report(orgId, ref, { kind: 'done', chunk: ref.chunk, size }),
    fail: (orgId, ref, size) => report(orgId, ref, { kind: 'failed', chunk: ref.chunk, size }),
    async finishSome(orgId, ref, at) {
      if (at.length === 0) return;
      const positions = at.map((position) => ref.chunk * ITEMS_PER_CHUNK + position);
      await report(orgId, ref, { kind: 'some', chunk: ref.chunk, positions });
    },
  };
};
