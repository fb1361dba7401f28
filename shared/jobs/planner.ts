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

/** What a kind of jobs finds next. */
export interface PlanStep {
  /** At most as many as were asked for; there may be none, and yet more behind them. */
  readonly items: readonly string[];
  /** Where the next step begins, any JSON; undefined where this is the last. */
  readonly next: unknown;
}

/** What a kind has for a step. */
export interface PlanRoom {
  /** Items that it may find. */
  readonly limit: number;
  /** Whether no page is in flight. */
  readonly isIdle: boolean;
  readonly budget: RetryBudget;
}

/** What is planned by, and who is sent to work. */
export interface JobKind {
  /**
   * Not asked for jobs whose items were given.
   * @param cursor - a step's `next`; undefined at the beginning
   * @returns `wait` for not before all pages in flight are settled, where there are any
   */
  next(job: Job, cursor: unknown, room: PlanRoom): Promise<PlanStep | 'wait'>;
  /** Sends chunks to the workers. @throws Error where not all were taken; those that were may come again */
  send(job: Job, chunks: readonly Chunk[], budget: RetryBudget): Promise<void>;
}

/** How the planner was asked. */
export interface Asked {
  /** Whether a call before this one failed: then a page that is not sent is sent at once. */
  readonly isRetry: boolean;
  readonly budget: RetryBudget;
}

/** What planning needs. */
export interface AdvanceDeps {
  readonly jobs: JobStore;
  readonly everyone: Pick<EveryoneStore, 'leave'>;
  readonly kinds: Readonly<Record<string, JobKind>>;
  readonly planner: QueueSender<PlanMessage>;
  readonly now: Clock;
  /**
   * The most pages of one job in flight. Another organisation's small job waits behind no more messages than these, on any queue,
   * and a job that is cancelled has no more left.
   */
  readonly window: number;
}

/**
 * A page that is not sent after this time never will be by whoever planned it: its function has ended. Until then it is at
 * work, and what it sends need not be sent twice.
 */
const SENDING_MS = 60_000;

/** Steps of one message; a job that needs more, of pages without items, is gone on with by another message. */
const MAX_STEPS = 32;

/** Sending a page takes at most this long; it is five calls. */
const SEND_MS = 20_000;

/**
 * Sees what a job needs: sends pages again that nobody has sent, plans pages while there is room in its window, and ends it once
 * all is planned and settled. It may be called at any time and by many at once: a step of planning is written only over the version
 * that was read, and who loses begins anew.
 */
export const createAdvance = ({ jobs, everyone, kinds, planner, now, window }: AdvanceDeps) => {
  const kindOf = ({ id, kind }: Job): JobKind => {
    const found = kinds[kind];
    if (found === undefined) throw new Error(`${id} is of an unknown kind, ${kind}`);
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

  const sendAgain = async ({ job, pages }: JobView, { isRetry, budget }: Asked): Promise<void> => {
    for (const page of pages) {
      if (page.isSent || (!isRetry && now() - page.plannedAt < SENDING_MS)) continue;
      await sendPage(job, page, await jobs.items(job.orgId, job.id, page.itemsKey), budget);
    }
  };

  /** The next of the lists that were given. */
  const nextGiven = async (
    { orgId, id, cursor }: Job,
    lists: number,
  ): Promise<PlanStep & { itemsKey: string }> => {
    const list = (cursor as number | undefined) ?? 0;
    const itemsKey = givenItemsKey(list);
    const items = await jobs.items(orgId, id, itemsKey);
    return { items, itemsKey, next: list + 1 < lists ? list + 1 : undefined };
  };

  /** What the kind finds next, written down. */
  const nextFound = async (
    job: Job,
    isIdle: boolean,
    budget: RetryBudget,
  ): Promise<(PlanStep & { itemsKey: string }) | 'wait'> => {
    const found = await kindOf(job).next(job, job.cursor, { limit: ITEMS_PER_PAGE, isIdle, budget });
    if (found === 'wait') return 'wait';
    // Of two planners at once each has a list of its own; one of them names it in a page.
    const itemsKey = itemsSk(job.pages, randomUUID());
    if (found.items.length > 0) await jobs.putItems(job.orgId, job.id, itemsKey, found.items);
    return { ...found, itemsKey };
  };

  /** @returns the job after a step and the page that it planned; `lost` where another planner was faster */
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

  /** One view of a job, as far as it goes. @returns whether to look again */
  const work = async (
    view: JobView,
    steps: { left: number },
    budget: RetryBudget,
  ): Promise<'again' | 'rest'> => {
    let { job } = view;
    let inFlight = view.pages.length;
    while (!job.isPlanned && inFlight < window && steps.left > 0) {
      steps.left -= 1;
      const outcome = await step(job, inFlight, budget);
      if (outcome === 'lost') return 'again';
      if (outcome === 'wait') return 'rest';
      ({ job } = outcome);
      if (outcome.page !== undefined) inFlight += 1;
    }
    // Whoever settles one of those asks for more.
    if (inFlight > 0) return 'rest';
    if (!job.isPlanned) return 'again';
    steps.left -= 1;
    if (!(await jobs.end(job))) return 'again';
    await leave(job);
    return 'rest';
  };

  return async ({ orgId, jobId }: PlanMessage, asked: Asked): Promise<void> => {
    const steps = { left: MAX_STEPS };
    do {
      const view = await jobs.read(orgId, jobId);
      if (view === undefined) return;
      if (view.job.state !== 'running') return leave(view.job);
      await sendAgain(view, asked);
      if ((await work(view, steps, asked.budget)) === 'rest') return;
    } while (steps.left > 0);
    await planner.sendAll([{ orgId, jobId }], partOf(asked.budget, SEND_MS));
  };
};
