import type { Page } from './page.ts';

/** `ended`: all is planned and settled. `cancelled`: nothing more is planned, and what is queued is dropped. */
export const JOB_STATES = ['running', 'ended', 'cancelled'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** Work on many items, of which each counts once. */
export interface Job {
  readonly orgId: string;
  readonly id: string;
  /** What is to be done; a {@link JobKind} of the planner. */
  readonly kind: string;
  /** What the kind needs to know; any JSON. */
  readonly parameters: unknown;
  readonly state: JobState;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Whether it is of everyone in its organisation: few such jobs may be under way at once. */
  readonly ofEveryone: boolean;
  /** Rows that list its items, where those were given; undefined where the kind finds them. */
  readonly lists: number | undefined;
  /** Where the next page begins, as the kind understands it; undefined at the beginning. */
  readonly cursor: unknown;
  /** Whether all pages are planned. */
  readonly isPlanned: boolean;
  /** Grows with each step of planning: of two planners at once, one loses. */
  readonly planVersion: number;
  /** How many pages are planned. */
  readonly pages: number;
  /** How many items it has, so far as they are known. */
  readonly total: number;
  /** Items of pages that are settled. */
  readonly done: number;
  readonly failed: number;
  /** The job that took its place. */
  readonly supersededBy: string | undefined;
}

/** A job and its pages in flight. */
export interface JobView {
  readonly job: Job;
  readonly pages: readonly Page[];
}

/** A job that has not planned anything. */
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
