import { budgetOf } from '../aws/retry.ts';
import type { QueueSender } from '../aws/sqs.ts';
import type { Clock } from '../time/clock.ts';
import { OutOfTimeError } from '../time/out-of-time.ts';
import type { EveryoneStore } from './everyone-store.ts';
import { type Job, newJob } from './job.ts';
import { givenItemsKey, type JobStore } from './job-store.ts';
import type { PlanMessage } from './messages.ts';
import { chunksOf, ITEMS_PER_PAGE, newPage } from './page.ts';
import type { JobKind } from './planner.ts';

/** A job to start. */
export type NewJob = Pick<Job, 'orgId' | 'id' | 'kind' | 'parameters'>;

/** How the caller stores the definition that a job works from, and the job that it replaces. */
export interface JobRegistration {
  /**
   * Stores the definition that the job works from, with the id of the job if that is kept. Called after the
   * job is created, so that the definition never names a job that does not exist, and before it is planned,
   * which reads the definition.
   */
  readonly store: () => Promise<void>;
  /** Reverts `store` if its outcome is unknown, so that the client may send its request again. */
  readonly undo: () => Promise<unknown>;
  /**
   * The job that this one replaces once it has begun: it is cancelled, and its progress is that of this job.
   */
  readonly supersedes?: string | undefined;
}

/**
 * The result of starting a job: `full` if the maximum number of jobs of everyone is reached, with their ids.
 */
export type Started =
  | { readonly kind: 'started' }
  | { readonly kind: 'full'; readonly running: readonly string[] };

/** The dependencies of {@link createJobStarter}. */
export interface JobStarterDeps {
  readonly jobs: Pick<JobStore, 'create' | 'cancel' | 'readMany'>;
  readonly everyone: EveryoneStore;
  readonly planner: QueueSender<PlanMessage>;
  readonly now: Clock;
}

/** The time limit for sending, in ms; API Gateway waits 29 s. */
const SEND_MS = 15_000;

/** The time limit for waking the planner, in ms, of a caller that also has to store something within the 29 s. */
const WAKE_MS = 5_000;

/** When the planner is woken at the latest, in seconds: after the 29 s in which `store` succeeds or fails. */
const WAKE_LATER_SECONDS = 60;

/** Starts jobs whose items the planner finds. */
export interface JobStarter {
  /**
   * Starts a job. From the moment at which something may be stored, the job runs even if the caller is interrupted, or
   * never learns whether it is stored: then it works from what is stored.
   *
   * @throws what `store` throws, and OutOfTimeError; nothing is stored then, unless `store` itself ran out of time and
   * could not be reverted
   */
  start(job: NewJob, registration: JobRegistration): Promise<void>;
  /** Like `start`, for a job of everyone, of which an organisation may have only a few running. */
  startOfEveryone(job: NewJob, registration: JobRegistration): Promise<Started>;
}

/**
 * Cancels a running job: no further page is planned, and workers drop queued messages.
 * @returns false if the job is not running
 */
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

/** Makes an attempt at something. @returns whether it succeeded */
const isDone = (attempt: () => Promise<unknown>): Promise<boolean> =>
  attempt().then(
    () => true,
    () => false,
  );

/** Creates a {@link JobStarter}. */
export const createJobStarter = (deps: JobStarterDeps): JobStarter => {
  const { jobs, everyone, planner, now } = deps;

  const begin = async (
    job: NewJob,
    ofEveryone: boolean,
    { store, undo, supersedes }: JobRegistration,
  ): Promise<void> => {
    const { orgId, id: jobId } = job;
    const wake = (delaySeconds: number): Promise<void> =>
      planner.sendAll([{ orgId, jobId }], budgetOf(WAKE_MS, now), delaySeconds);
    // No caller has the id of this job. If the cancellation fails as well, `prune` removes the job later.
    const drop = () => cancelJob(deps, orgId, jobId).catch(() => {});
    try {
      await jobs.create({ job: newJob({ ...job, ofEveryone }, now()), pages: [] }, new Map());
      await wake(WAKE_LATER_SECONDS);
    } catch (error) {
      await drop();
      throw error;
    }
    try {
      await store();
    } catch (error) {
      const mayBeStored = error instanceof OutOfTimeError && !(await isDone(undo));
      if (!mayBeStored) await drop();
      throw error;
    }
    // If this fails, the planner is woken later.
    await wake(0).catch(() => {});
    if (supersedes !== undefined) await cancelJob(deps, orgId, supersedes, jobId);
  };

  /**
   * Removes jobs that are no longer running from the row of the organisation.
   * @returns the running ones
   */
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
    start: (job, registration) => begin(job, false, registration),

    async startOfEveryone(job, registration) {
      const enter = () => everyone.enter(job.orgId, job.id, registration.supersedes);
      if (!(await enter())) {
        const running = await prune(job.orgId);
        if (!(await enter())) return { kind: 'full', running };
      }
      await begin(job, true, registration);
      return { kind: 'started' };
    },
  };
};

/** The dependencies of {@link startGiven}. */
export interface StartGivenDeps {
  readonly jobs: Pick<JobStore, 'create'>;
  readonly kind: Pick<JobKind, 'send'>;
  readonly planner: QueueSender<PlanMessage>;
  readonly now: Clock;
}

/**
 * Starts a job for given items. If they fit one page, its chunks are sent at once, without the planner, since
 * the caller waits for a small job. Otherwise the planner is woken.
 *
 * @throws OutOfTimeError if not everything could be written or sent; chunks that were sent are processed
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
