import type { JobView } from './job.ts';
import type { JobStore } from './job-store.ts';
import { type JobProgress, progressOf } from './progress.ts';

/** Tells how far jobs are; of a job that was superseded, how far the one is that took its place. */
export interface JobReader {
  /** One Query, whatever the job's size. Undefined where the organisation has no such job. */
  read(orgId: string, jobId: string): Promise<JobProgress | undefined>;
  /**
   * One BatchGetItem for a hundred jobs, and one Query for each that is running.
   * @returns by job id; those that do not exist are not in it
   */
  readMany(orgId: string, jobIds: readonly string[]): Promise<ReadonlyMap<string, JobProgress>>;
}

/** What reading needs. */
export interface JobReaderDeps {
  readonly jobs: Pick<JobStore, 'read' | 'readMany'>;
}

/** Nobody changes a segment or the scoring so often before asking how far it is. */
const SUPERSEDED_AT_MOST = 50;

export const createJobReader = ({ jobs }: JobReaderDeps): JobReader => {
  const read = async (orgId: string, jobId: string): Promise<JobProgress | undefined> => {
    let view: JobView | undefined = await jobs.read(orgId, jobId);
    for (
      let followed = 0;
      view?.job.supersededBy !== undefined && followed < SUPERSEDED_AT_MOST;
      followed++
    ) {
      const next = await jobs.read(orgId, view.job.supersededBy);
      if (next === undefined) break;
      view = next;
    }
    if (view === undefined) return undefined;
    const progress = progressOf(view);
    // Somebody else's turn has come, or will: it has not failed.
    return view.job.supersededBy === undefined ? progress : { ...progress, status: 'running', failed: 0 };
  };

  return {
    read,
    async readMany(orgId, jobIds) {
      const found = await jobs.readMany(orgId, jobIds, { consistent: true });
      const all = await Promise.all(
        found.map(async (job): Promise<[string, JobProgress | undefined]> => {
          const isStill = job.state === 'running' || job.supersededBy !== undefined;
          return [job.id, isStill ? await read(orgId, job.id) : progressOf({ job, pages: [] })];
        }),
      );
      return new Map(all.flatMap(([id, progress]) => (progress === undefined ? [] : [[id, progress]])));
    },
  };
};
