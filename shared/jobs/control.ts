import { budgetOf } from '../aws/retry.ts';
import type { QueueSender } from '../aws/sqs.ts';
import type { Clock } from '../time/clock.ts';
import type { EveryoneStore } from './everyone-store.ts';
import type { JobStore } from './job-store.ts';
import type { PlanMessage } from './messages.ts';

/** What resuming needs. */
export interface ResumeDeps {
  readonly jobs: Pick<JobStore, 'read' | 'restart' | 'setSent'>;
  readonly everyone: Pick<EveryoneStore, 'enter'>;
  readonly planner: QueueSender<PlanMessage>;
  readonly now: Clock;
}

/** A message is sent within this time. */
const SEND_MS = 5_000;

/**
 * Has a job that was cancelled, or stands still, go on: what its pages in flight lack is sent again, and the planner
 * is told. Doing so to a job at work costs work and changes nothing. A job of everyone goes on though there are many.
 *
 * @returns false where there is nothing to resume: no such job, or it has ended, or another took its place
 */
export const resumeJob = async (
  { jobs, everyone, planner, now }: ResumeDeps,
  orgId: string,
  jobId: string,
): Promise<boolean> => {
  const view = await jobs.read(orgId, jobId);
  if (view === undefined || view.job.state === 'ended') return false;
  const { job, pages } = view;
  if (job.state === 'cancelled' && !(await jobs.restart(orgId, jobId))) return false;
  // Where there is no room it runs all the same: it was let in once.
  if (job.ofEveryone) await everyone.enter(orgId, jobId, undefined);
  for (const { number } of pages) await jobs.setSent(orgId, jobId, number, false);
  await planner.sendAll([{ orgId, jobId }], budgetOf(SEND_MS, now));
  return true;
};

/** Whether a job was cancelled, as it was known a few seconds ago at most. */
export type IsCancelled = (orgId: string, jobId: string) => Promise<boolean>;

/** Messages of one job come by the dozen; so long one look does for all of them. */
const KNOWN_MS = 5_000;

/** Jobs that are remembered; more than an organisation and its neighbours have at once. */
const KNOWN_JOBS = 1_000;

/**
 * A look-up for workers, of which each process makes one for a job every few seconds. A job that cannot be found is not
 * cancelled: it is older than a month, or so new that an eventually consistent read misses it.
 */
export const createIsCancelled = (jobs: Pick<JobStore, 'readMany'>, now: Clock): IsCancelled => {
  const known = new Map<string, { readonly at: number; readonly isCancelled: Promise<boolean> }>();
  const look = async (orgId: string, jobId: string): Promise<boolean> => {
    const [job] = await jobs.readMany(orgId, [jobId], { consistent: false });
    return job?.state === 'cancelled';
  };
  return (orgId, jobId) => {
    const key = `${orgId}#${jobId}`;
    const before = known.get(key);
    if (before !== undefined && now() - before.at < KNOWN_MS) return before.isCancelled;
    const isCancelled = look(orgId, jobId);
    if (known.size >= KNOWN_JOBS) known.clear();
    known.set(key, { at: now(), isCancelled });
    isCancelled.catch(() => known.delete(key));
    return isCancelled;
  };
};
