import { randomUUID } from 'node:crypto';
import { partOf, type RetryBudget } from '../aws/retry.ts';
import type { QueueSender } from '../aws/sqs.ts';
import type { Clock } from '../time/clock.ts';
import type { EveryoneStore } from './everyone-store.ts';
import type { Job, JobView } from './job.ts';
import { itemsSk } from './job-item.ts';
import { givenItemsKey, type JobStore } from './job-store.ts';
import type { PlanMessage } from './messages.ts';
import { type Chunk, chunksOf, ITEMS_PER_PAGE, newPage, type Page } from './page.ts';

/** The next items that a kind of jobs finds. */
export interface PlanStep {
  /** At most `limit` items; may be empty although further steps follow. */
  readonly items: readonly string[];
  /** The position at which the next step begins, any JSON; undefined if this is the last step. */
  readonly next: unknown;
}

/** The limits of a step, and the state of the job. */
export interface PlanLimits {
  /** The maximum number of items to return. */
  readonly limit: number;
  /** Whether no page is in flight. */
  readonly isIdle: boolean;
  readonly budget: RetryBudget;
}

/** A kind of jobs: how its items are found, and to which workers they are sent. */
export interface JobKind {
  /**
   * Finds the next items. Not called for jobs whose items were given.
   * @param cursor - the `next` of the previous step; undefined at the beginning
   * @returns `wait` if the next step must not begin before all pages in flight are settled
   */
  next(job: Job, cursor: unknown, limits: PlanLimits): Promise<PlanStep | 'wait'>;
  /**
   * Sends chunks to the workers.
   * @throws Error if not all were accepted; those that were may be sent again
   */
  send(job: Job, chunks: readonly Chunk[], budget: RetryBudget): Promise<void>;
}

/** An attempt at advancing a job. */
export interface PlanAttempt {
  /** Whether a previous attempt failed: then an unsent page is sent at once. */
  readonly isRetry: boolean;
  readonly budget: RetryBudget;
}

/** The dependencies of {@link createAdvance}. */
export interface AdvanceDeps {
  readonly jobs: JobStore;
  readonly everyone: Pick<EveryoneStore, 'leave'>;
  readonly kinds: Readonly<Record<string, JobKind>>;
  readonly planner: QueueSender<PlanMessage>;
  readonly now: Clock;
  /**
   * The maximum number of pages of a job in flight. A small job of another organisation waits behind no more
   * messages than these, on any queue, and a cancelled job leaves no more than these.
   */
  readonly window: number;
}

/**
 * An unsent page of this age, in ms, is sent by any planner that sees it: the function that planned it has
 * ended. Until then that function may still be sending, and sending twice would be a waste.
 */
const SENDING_MS = 60_000;

/**
 * The maximum number of steps per message; a job that needs more, since steps find no items, continues with
 * another message.
 */
const MAX_STEPS = 32;

/** The time limit for sending a page, in ms; it takes five calls. */
const SEND_MS = 20_000;

/**
 * Advances a job: sends unsent pages, plans pages while its window has capacity, and ends the job once all
 * pages are planned and settled. It may be called at any time and concurrently: a step of planning is written
 * only over the version that was read, and a planner that is refused starts over.
 */
export const createAdvance = ({ jobs, everyone, kinds, planner, now, window }: AdvanceDeps) => {
  const kindOf = ({ id, kind }: Job): JobKind => {
    const found = kinds[kind];
    if (found === undefined) throw new Error(`${id} has an unknown kind: ${kind}`);
    return found;
  };

  const sendPage = async (
    job: Job,
    page: Page,
    items: readonly string[],
    budget: RetryBudget,
  ): Promise<void> => {
    await kindOf(job).send(job, chunksOf(job.id, page, items), partOf(budget, SEND_MS));
    await jobs.setSent(job.orgId, job.id, page.number, true);
  };

  const sendUnsent = async ({ job, pages }: JobView, { isRetry, budget }: PlanAttempt): Promise<void> => {
    for (const page of pages) {
      if (page.isSent || (!isRetry && now() - page.plannedAt < SENDING_MS)) continue;
      await sendPage(job, page, await jobs.items(job.orgId, job.id, page.itemsKey), budget);
    }
  };

  /** The next of the given lists. */
  const nextGiven = async (
    { orgId, id, cursor }: Job,
    lists: number,
  ): Promise<PlanStep & { itemsKey: string }> => {
    const list = (cursor as number | undefined) ?? 0;
    const itemsKey = givenItemsKey(list);
    const items = await jobs.items(orgId, id, itemsKey);
    return { items, itemsKey, next: list + 1 < lists ? list + 1 : undefined };
  };

  /** The next items that the kind finds, after they are stored. */
  const nextFound = async (
    job: Job,
    isIdle: boolean,
    budget: RetryBudget,
  ): Promise<(PlanStep & { itemsKey: string }) | 'wait'> => {
    const found = await kindOf(job).next(job, job.cursor, { limit: ITEMS_PER_PAGE, isIdle, budget });
    if (found === 'wait') return 'wait';
    // Each of two concurrent planners writes its own list; only one of them commits a page that names it.
    const itemsKey = itemsSk(job.pages, randomUUID());
    if (found.items.length > 0) await jobs.putItems(job.orgId, job.id, itemsKey, found.items);
    return { ...found, itemsKey };
  };

  /**
   * Takes one step.
   * @returns the job after it and the planned page; `lost` if another planner has written first
   */
  const step = async (
    job: Job,
    inFlight: number,
    budget: RetryBudget,
  ): Promise<{ readonly job: Job; readonly page: Page | undefined } | 'wait' | 'lost'> => {
    const found =
      job.lists === undefined
        ? await nextFound(job, inFlight === 0, budget)
        : await nextGiven(job, job.lists);
    if (found === 'wait') return 'wait';
    const { items, itemsKey, next } = found;
    const isPage = items.length > 0;
    const page = isPage ? newPage({ number: job.pages, count: items.length, itemsKey }, now()) : undefined;
    const after: Job = {
      ...job,
      cursor: next,
      isPlanned: next === undefined,
      planVersion: job.planVersion + 1,
      pages: job.pages + (isPage ? 1 : 0),
      total: job.total + (job.lists === undefined ? items.length : 0),
    };
    if (!(await jobs.plan(after, page))) return 'lost';
    if (page !== undefined) await sendPage(after, page, items, budget);
    return { job: after, page };
  };

  const leave = async ({ orgId, id, ofEveryone }: Job): Promise<void> => {
    if (ofEveryone) await everyone.leave(orgId, [id]);
  };

  /**
   * Advances a job as far as one view of it allows.
   * @returns whether the job must be read again
   */
  const work = async (
    view: JobView,
    steps: { left: number },
    budget: RetryBudget,
  ): Promise<'reread' | 'done'> => {
    let { job } = view;
    let inFlight = view.pages.length;
    while (!job.isPlanned && inFlight < window && steps.left > 0) {
      steps.left -= 1;
      const outcome = await step(job, inFlight, budget);
      if (outcome === 'lost') return 'reread';
      if (outcome === 'wait') return 'done';
      ({ job } = outcome);
      if (outcome.page !== undefined) inFlight += 1;
    }
    // The worker that settles one of these wakes the planner.
    if (inFlight > 0) return 'done';
    if (!job.isPlanned) return 'reread';
    steps.left -= 1;
    if (!(await jobs.end(job))) return 'reread';
    await leave(job);
    return 'done';
  };

  return async ({ orgId, jobId }: PlanMessage, attempt: PlanAttempt): Promise<void> => {
    const steps = { left: MAX_STEPS };
    do {
      const view = await jobs.read(orgId, jobId);
      if (view === undefined) return;
      if (view.job.state !== 'running') return leave(view.job);
      await sendUnsent(view, attempt);
      if ((await work(view, steps, attempt.budget)) === 'done') return;
    } while (steps.left > 0);
    await planner.sendAll([{ orgId, jobId }], partOf(attempt.budget, SEND_MS));
  };
};
