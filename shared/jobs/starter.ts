import { budgetOf } from '../aws/retry.ts';
import type { QueueSender } from '../aws/sqs.ts';
import type { Clock } from '../time/clock.ts';
import type { EveryoneStore } from './everyone-store.ts';
import { type Job, newJob } from './job.ts';
import { givenItemsKey, type JobStore } from './job-store.ts';
import type { PlanMessage } from './messages.ts';
import { chunksOf, ITEMS_PER_PAGE, newPage } from './page.ts';
import type { JobKind } from './planner.ts';

/** A job that is to begin. */
export type NewJob = Pick<Job, 'orgId' | 'id' | 'kind' | 'parameters'>;

/** What stands for a job where it is kept. */
export interface Keeping {
  /**
   * Stores what the job is to go by, with its id where it is kept. It comes between the job's beginning, so that what is
   * stored never names a job that nobody knows, and its planning, which goes by what is stored.
   */
  readonly store: () => Promise<void>;
  /** Takes back what was stored where the planner cannot be told, so that the caller may simply call again. */
  readonly undo: () => Promise<unknown>;
  /** The job whose place it takes, once it has begun: that is cancelled, and answers as far as this one. */
  readonly supersedes?: string | undefined;
}

/** What starting a job came to: `full` where there are as many jobs of everyone as may be, with those. */
export type Started =
  | { readonly kind: 'started' }
  | { readonly kind: 'full'; readonly running: readonly string[] };

/** What starting jobs needs. */
export interface JobStarterDeps {
  readonly jobs: Pick<JobStore, 'create' | 'cancel' | 'readMany'>;
  readonly everyone: EveryoneStore;
  readonly planner: QueueSender<PlanMessage>;
  readonly now: Clock;
}

/** Sending takes at most this long; API Gateway waits 29 s. */
const SEND_MS = 15_000;

/** Starts jobs whose items the planner finds. */
export interface JobStarter {
  /** @throws OutOfTimeError where the planner cannot be told; what `store` stored is undone */
  start(job: NewJob, keeping: Keeping): Promise<void>;
  /** The same for a job of everyone, of which there may be few. */
  startOfEveryone(job: NewJob, keeping: Keeping): Promise<Started>;
}

/** Cancels a running job: nothing more is planned, and workers drop what is queued. @returns false where it is not running */
export const cancelJob = async (
  { jobs, everyone }: { jobs: Pick<JobStore, 'cancel'>; everyone: Pick<EveryoneStore, 'leave'> },
  orgId: string,
  jobId: string,
  supersededBy?: string,
): Promise<boolean> => {
  const cancelled = await jobs.cancel(orgId, jobId, supersededBy);
  await everyone.leave(orgId, [jobId]);
  return cancelled;
};

export const createJobStarter = (deps: JobStarterDeps): JobStarter => {
  const { jobs, everyone, planner, now } = deps;

  const begin = async (
    job: NewJob,
    ofEveryone: boolean,
    { store, undo, supersedes }: Keeping,
  ): Promise<void> => {
    const { orgId, id: jobId } = job;
    try {
      await jobs.create({ job: newJob({ ...job, ofEveryone }, now()), pages: [] }, new Map());
      await store();
      try {
        await planner.sendAll([{ orgId, jobId }], budgetOf(SEND_MS, now));
      } catch (error) {
        await undo();
        throw error;
      }
    } catch (error) {
      // Nobody knows of it. Where this fails too, it is found out when there is no room for another.
      await cancelJob(deps, orgId, jobId).catch(() => {});
      throw error;
    }
    if (supersedes !== undefined) await cancelJob(deps, orgId, supersedes, jobId);
  };

  /** Takes jobs out of the organisation's row that are not running any more. @returns those that are */
  const prune = async (orgId: string): Promise<readonly string[]> => {
    const listed = await everyone.list(orgId);
    const found = await jobs.readMany(orgId, listed, { consistent: true });
    const running = new Set(found.filter(({ state }) => state === 'running').map(({ id }) => id));
    await everyone.leave(
      orgId,
      listed.filter((id) => !running.has(id)),
    );
    return [...running].toSorted();
  };

  return {
    start: (job, keeping) => begin(job, false, keeping),

    async startOfEveryone(job, keeping) {
      const enter = () => everyone.enter(job.orgId, job.id, keeping.supersedes);
      if (!(await enter())) {
        const running = await prune(job.orgId);
        if (!(await enter())) return { kind: 'full', running };
      }
      await begin(job, true, keeping);
      return { kind: 'started' };
    },
  };
};

/** What starting a job for given items needs. */
export interface StartGivenDeps {
  readonly jobs: Pick<JobStore, 'create'>;
  readonly kind: Pick<JobKind, 'send'>;
  readonly planner: QueueSender<PlanMessage>;
  readonly now: Clock;
}

/**
 * Starts a job for items that are known. A page of them is sent at once, without the planner: whoever asks for few waits for
 * them. Of more, the planner is told.
 *
 * @throws OutOfTimeError where not all could be written or sent; what was sent is worked on
 */
export const startGiven = async (
  { jobs, kind, planner, now }: StartGivenDeps,
  job: NewJob,
  items: readonly string[],
): Promise<void> => {
  const started = newJob({ ...job, ofEveryone: false }, now());
  const lists = new Map<string, readonly string[]>();
  for (let at = 0; at < items.length; at += ITEMS_PER_PAGE) {
    lists.set(givenItemsKey(lists.size), items.slice(at, at + ITEMS_PER_PAGE));
  }
  if (lists.size > 1) {
    const given: Job = { ...started, lists: lists.size, total: items.length };
    await jobs.create({ job: given, pages: [] }, lists);
    await planner.sendAll([{ orgId: job.orgId, jobId: job.id }], budgetOf(SEND_MS, now));
    return;
  }
  const planned: Job = { ...started, isPlanned: true, pages: lists.size, total: items.length };
  if (items.length === 0) {
    await jobs.create({ job: { ...planned, state: 'ended' }, pages: [] }, lists);
    return;
  }
  const page = newPage({ number: 0, count: items.length, itemsKey: givenItemsKey(0), isOnly: true }, now());
  await jobs.create({ job: planned, pages: [{ ...page, isSent: true }] }, lists);
  await kind.send(planned, chunksOf(job.id, page, items), budgetOf(SEND_MS, now));
};
