import type { Page } from './page.ts';

/**
 * `ended`: all pages are planned and settled. `cancelled`: no further page is planned, and workers drop
 * queued messages.
 */
export const JOB_STATES = ['running', 'ended', 'cancelled'] as const;
/** One of {@link JOB_STATES}. */
export type JobState = (typeof JOB_STATES)[number];

/** Work on many items, each of which is counted once. */
export interface Job {
  readonly orgId: string;
  readonly id: string;
  /** The kind of work; the name of a {@link JobKind} of the planner. */
  readonly kind: string;
  /** The parameters of the kind; any JSON. */
  readonly parameters: unknown;
  readonly state: JobState;
  /** ISO 8601. */
  readonly startedAt: string;
  /**
   * Whether it is a job of everyone, which processes all contacts of its organisation: only a few may run at
   * once.
   */
  readonly ofEveryone: boolean;
  /** The number of rows that list its items if those were given; undefined if the kind finds them. */
  readonly lists: number | undefined;
  /** The position at which the next page begins, as defined by the kind; undefined at the beginning. */
  readonly cursor: unknown;
  /** Whether all pages are planned. */
  readonly isPlanned: boolean;
  /** Incremented by each step of planning: of two concurrent planners, one is refused. */
  readonly planVersion: number;
  /** The number of planned pages. */
  readonly pages: number;
  /** The number of items known so far. */
  readonly total: number;
  /** The number of done items of settled pages. */
  readonly done: number;
  /** The number of failed items of settled pages. */
  readonly failed: number;
  /** The id of the job that replaced it. */
  readonly supersededBy: string | undefined;
}

/** A job and its pages in flight. */
export interface JobView {
  readonly job: Job;
  readonly pages: readonly Page[];
}

/** A job of which nothing is planned yet. */
export const newJob = (
  job: Pick<Job, 'orgId' | 'id' | 'kind' | 'parameters' | 'ofEveryone'>,
  now: number,
): Job => ({
  ...job,
  state: 'running',
  startedAt: new Date(now).toISOString(),
  lists: undefined,
  cursor: undefined,
  isPlanned: false,
  planVersion: 0,
  pages: 0,
  total: 0,
  done: 0,
  failed: 0,
  supersededBy: undefined,
});
