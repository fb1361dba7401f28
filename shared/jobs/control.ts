import { budgetOf } from '../aws/retry.ts';
import type { QueueSender } from '../aws/sqs.ts';
import type { Clock } from '../time/clock.ts';
import type { EveryoneStore } from './everyone-store.ts';
import type { JobStore } from './job-store.ts';
import type { PlanMessage } from './messages.ts';

/** The dependencies of {@link resumeJob}. */
export interface ResumeDeps {
  readonly jobs: Pick<JobStore, 'read' | 'restart' | 'setSent'>;
  readonly everyone: Pick<EveryoneStore, 'enter'>;
  readonly planner: QueueSender<PlanMessage>;
  readonly now: Clock;
}

/** The time limit for sending a message, in ms. */
const SEND_MS = 5_000;

/**
 * Resumes a job that was cancelled or has stalled: the unfinished chunks of its pages in flight are sent
 * again, and the planner is woken. Resuming a running job repeats work but changes no result. A job of
 * everyone is resumed even if the organisation already has the maximum.
 *
 * @returns false if there is nothing to resume: the job does not exist, has ended or was superseded
 */
export const resumeJob = async (
  { jobs, everyone, planner, now }: ResumeDeps,
  orgId: string,
  jobId: string,
): Promise<boolean> => {
  const view = await jobs.read(orgId, jobId);
  if (view === undefined || view.job.state === 'ended') return false;
  const { job, pages } = view;
  if (job.state === 'cancelled' && !(await jobs.restart(orgId, jobId))) {
    // The restart is also refused when it is repeated after its response was lost.
    const restarted = await jobs.read(orgId, jobId);
    if (restarted?.job.state !== 'running') return false;
  }
  // It runs even if there is no capacity: it was admitted once.
  if (job.ofEveryone) await everyone.enter(orgId, jobId, undefined);
  for (const { number } of pages) await jobs.setSent(orgId, jobId, number, false);
  await planner.sendAll([{ orgId, jobId }], budgetOf(SEND_MS, now));
  return true;
};

/** Returns whether a job was cancelled; the answer may be a few seconds old. */
export type IsCancelled = (orgId: string, jobId: string) => Promise<boolean>;

/** How long a looked-up state is reused, in ms: the messages of one job arrive by the dozen. */
const CACHE_MS = 5_000;

/** Jobs in the cache: more than the organisations that one process serves have at once. */
const MAX_CACHED_JOBS = 1_000;

/**
 * Creates a cached look-up for workers: each process reads the state of a job at most once every few seconds.
 * A job that is not found is not cancelled: it is older than a month, or so new that an eventually consistent
 * read misses it.
 */
export const createIsCancelled = (jobs: Pick<JobStore, 'readMany'>, now: Clock): IsCancelled => {
  const cache = new Map<string, { readonly at: number; readonly isCancelled: Promise<boolean> }>();
  const lookUp = async (orgId: string, jobId: string): Promise<boolean> => {
    const [job] = await jobs.readMany(orgId, [jobId], { consistent: false });
    return job?.state === 'cancelled';
  };
  return (orgId, jobId) => {
    const key = `${orgId}#${jobId}`;
    const cached = cache.get(key);
    if (cached !== undefined && now() - cached.at < CACHE_MS) return cached.isCancelled;
    const isCancelled = lookUp(orgId, jobId);
    if (cache.size >= MAX_CACHED_JOBS) cache.clear();
    cache.set(key, { at: now(), isCancelled });
    isCancelled.catch(() => cache.delete(key));
    return isCancelled;
  };
};
