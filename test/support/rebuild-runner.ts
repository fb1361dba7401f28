import type { createRebuildPlan } from '#shared/analytics/rebuild-plan.ts';
import type { RetryBudget } from '#shared/aws/retry.ts';
import { ITEMS_PER_CHUNK } from '#shared/jobs/page.ts';

/** The dependencies and settings of a run. */
export interface RebuildRun {
  readonly orgId: string;
  readonly jobId: string;
  readonly plan: ReturnType<typeof createRebuildPlan>;
  readonly budget: () => RetryBudget;
  /** Delivers a chunk to a worker; throws if the chunk must be delivered again. */
  readonly work: (items: readonly string[], attempt: number) => Promise<void>;
  /** The number of simultaneous deliveries of each chunk. @default 1 */
  readonly deliveries?: number;
  /** The number of items of a page. @default 3 */
  readonly limit?: number;
  /** The maximum number of attempts for a chunk. @default 5 */
  readonly attempts?: number;
  /** Called with each delivery; some deliveries outlive the job. */
  readonly onDelivery?: (delivery: Promise<void>) => void;
  /** Whether the job is cancelled. */
  readonly isCancelled: () => boolean;
}

/** While so many chunks are in flight, no page is planned. */
const WINDOW = 4;

/** The maximum number of attempts for a step: more than a test's planners fail. */
const STEP_ATTEMPTS = 50;

/**
 * Runs the job of a rebuild in this process with the guarantees of jobs: pages run concurrently, chunks are delivered at least
 * once, and the first successful delivery of a chunk settles it, even if other deliveries are still running.
 *
 * @returns the final status of the job
 */
export const runRebuild = async (run: RebuildRun): Promise<'completed' | 'failed'> => {
  const { orgId, jobId, deliveries = 1, limit = 3, attempts = 5 } = run;
  const inFlight = new Set<Promise<void>>();
  let failed = 0;
  let cursor: unknown;

  const deliver = async (items: readonly string[]): Promise<void> => {
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const copies = Array.from({ length: deliveries }, () => run.work(items, attempt));
      for (const copy of copies) run.onDelivery?.(copy);
      if (
        await Promise.any(copies).then(
          () => true,
          () => false,
        )
      )
        return;
    }
    failed += items.length;
  };
  const launch = (items: readonly string[]): void => {
    for (let at = 0; at < items.length; at += ITEMS_PER_CHUNK) {
      const chunk = deliver(items.slice(at, at + ITEMS_PER_CHUNK)).finally(() => inFlight.delete(chunk));
      inFlight.add(chunk);
    }
  };
  const nextStep = async () => {
    for (let attempt = 1; ; attempt++) {
      try {
        const job = { orgId, id: jobId, failed, isSettled: inFlight.size === 0 };
        return await run.plan(job, cursor, { limit, budget: run.budget() });
      } catch (error) {
        if (attempt >= STEP_ATTEMPTS) throw error;
      }
    }
  };

  while (!run.isCancelled()) {
    if (inFlight.size >= WINDOW) {
      await Promise.race(inFlight);
      continue;
    }
    const step = await nextStep();
    if (step === 'wait') {
      await Promise.race(inFlight);
      continue;
    }
    launch(step.items);
    if (step.next === undefined) break;
    // As if it had been stored and read.
    cursor = JSON.parse(JSON.stringify(step.next));
  }
  await Promise.all(inFlight);
  return failed > 0 || run.isCancelled() ? 'failed' : 'completed';
};
