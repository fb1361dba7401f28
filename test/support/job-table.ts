import type { QueueSender } from '#shared/aws/sqs.ts';
import type { CountStore } from '#shared/jobs/count-store.ts';
import { type EveryoneStore, MAX_JOBS_OF_EVERYONE } from '#shared/jobs/everyone-store.ts';
import type { Job, JobView } from '#shared/jobs/job.ts';
import type { JobStore } from '#shared/jobs/job-store.ts';
import type { PlanMessage } from '#shared/jobs/messages.ts';
import { countsOf, failedOf, type Page, type Report, reported } from '#shared/jobs/page.ts';
import { createJobStarter } from '#shared/jobs/starter.ts';
import { NOW } from './builders.ts';

/** The page after a report: the rule as a pure function, without a database. */
export const withReport = (page: Page, report: Report): Page => {
  if (report.kind === 'failed' && page.finished.has(report.chunk)) return page;
  const items = new Set(reported(report));
  const version = page.version + 1;
  if (report.kind === 'some') return { ...page, done: page.done.union(items), version };
  const failed = report.kind === 'failed' ? page.failed.union(items) : page.failed.difference(items);
  return { ...page, finished: page.finished.union(new Set([report.chunk])), failed, version };
};

interface JobRows {
  job: Job;
  readonly pages: Map<number, Page>;
  readonly settled: Map<number, Set<number>>;
  readonly lists: Map<string, readonly string[]>;
}

/** An in-memory job table. */
export const aJobTable = () => {
  const rows = new Map<string, JobRows>();
  const sets = new Map<string, Set<string>>();
  const keyOf = (orgId: string, jobId: string) => `${orgId}#${jobId}`;
  const rowsOf = (orgId: string, jobId: string): JobRows | undefined => rows.get(keyOf(orgId, jobId));

  const changeState = (
    orgId: string,
    jobId: string,
    from: Job['state'],
    change: Partial<Job>,
    isAsRead: (job: Job) => boolean = () => true,
  ): boolean => {
    const found = rowsOf(orgId, jobId);
    if (found === undefined || found.job.state !== from || !isAsRead(found.job)) return false;
    found.job = { ...found.job, ...change };
    return true;
  };

  const jobs: JobStore = {
    create: async ({ job, pages }, lists) => {
      rows.set(keyOf(job.orgId, job.id), {
        job,
        pages: new Map(pages.map((page) => [page.number, page])),
        settled: new Map(),
        lists: new Map(lists),
      });
    },
    read: async (orgId, jobId) => {
      const found = rowsOf(orgId, jobId);
      return found && { job: found.job, pages: [...found.pages.values()] };
    },
    readMany: async (orgId, jobIds) => jobIds.flatMap((jobId) => rowsOf(orgId, jobId)?.job ?? []),
    items: async (orgId, jobId, itemsKey) => [...(rowsOf(orgId, jobId)?.lists.get(itemsKey) ?? [])],
    putItems: async (orgId, jobId, itemsKey, items) => {
      rowsOf(orgId, jobId)?.lists.set(itemsKey, items);
    },
    plan: async (job, page) => {
      const found = rowsOf(job.orgId, job.id);
      if (found?.job.state !== 'running' || found.job.planVersion !== job.planVersion - 1) return false;
      const { cursor, isPlanned, planVersion, pages, total } = job;
      found.job = { ...found.job, cursor, isPlanned, planVersion, pages, total };
      if (page !== undefined) found.pages.set(page.number, page);
      return true;
    },
    setSent: async (orgId, jobId, number, isSent) => {
      const pages = rowsOf(orgId, jobId)?.pages;
      const page = pages?.get(number);
      if (page !== undefined) {
        pages?.set(number, { ...page, isSent, plannedAt: isSent ? page.plannedAt : 0 });
      }
    },
    end: async ({ orgId, id, planVersion }) =>
      changeState(orgId, id, 'running', { state: 'ended' }, (job) => job.planVersion === planVersion),
    cancel: async (orgId, jobId, supersededBy) =>
      changeState(orgId, jobId, 'running', { state: 'cancelled', supersededBy }),
    restart: async (orgId, jobId) =>
      changeState(
        orgId,
        jobId,
        'cancelled',
        { state: 'running' },
        ({ supersededBy }) => supersededBy === undefined,
      ),
  };

  const counts: CountStore = {
    report: async (orgId, jobId, number, report) => {
      const pages = rowsOf(orgId, jobId)?.pages;
      const page = pages?.get(number);
      if (page === undefined) return undefined;
      const after = withReport(page, report);
      pages?.set(number, after);
      return after;
    },
    settle: async (orgId, jobId, page) => {
      const found = rowsOf(orgId, jobId);
      if (found?.pages.get(page.number)?.version !== page.version) return false;
      found.pages.delete(page.number);
      if (failedOf(page).size > 0) found.settled.set(page.number, new Set(failedOf(page)));
      const { done, failed } = countsOf(page);
      const { job } = found;
      found.job = { ...job, done: job.done + done, failed: job.failed + failed };
      if (page.isOnly) found.job = { ...found.job, state: 'ended' };
      return true;
    },
    correct: async (orgId, jobId, number, positions) => {
      const found = rowsOf(orgId, jobId);
      const failed = found?.settled.get(number);
      if (found === undefined || failed === undefined) return;
      const mended = positions.filter((position) => failed.delete(position)).length;
      const { job } = found;
      found.job = { ...job, done: job.done + mended, failed: job.failed - mended };
    },
  };

  const everyone: EveryoneStore = {
    enter: async (orgId, jobId, supersedes) => {
      const ids = sets.get(orgId) ?? new Set();
      const most = MAX_JOBS_OF_EVERYONE + (supersedes !== undefined && ids.has(supersedes) ? 1 : 0);
      if (ids.size >= most) return false;
      sets.set(orgId, ids.add(jobId));
      return true;
    },
    leave: async (orgId, jobIds) => {
      for (const jobId of jobIds) sets.get(orgId)?.delete(jobId);
    },
    list: async (orgId) => [...(sets.get(orgId) ?? [])],
  };

  return {
    jobs,
    counts,
    everyone,
    /** The current state of a job and of its pages in flight. */
    view: (orgId: string, jobId: string): JobView => {
      const found = rowsOf(orgId, jobId);
      if (found === undefined) throw new Error(`There is no job ${jobId}`);
      return { job: found.job, pages: [...found.pages.values()] };
    },
    /** The ids of all jobs, in the order of their creation. */
    jobIds: (): string[] => [...rows.values()].map(({ job }) => job.id),
  };
};

/** A starter over a job table, which records in the journal that it creates a job. */
export const aStarter = (
  table: Pick<ReturnType<typeof aJobTable>, 'jobs' | 'everyone'>,
  planner: QueueSender<PlanMessage>,
  journal: string[],
) =>
  createJobStarter({
    jobs: {
      ...table.jobs,
      create: (...job) => {
        journal.push('create');
        return table.jobs.create(...job);
      },
    },
    everyone: table.everyone,
    planner,
    now: () => NOW,
  });
