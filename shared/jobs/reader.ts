import type { JobView } from './job.ts';
import type { JobStore } from './job-store.ts';
import { type JobProgress, progressOf } from './progress.ts';

/** Reads the progress of jobs; for a superseded job, that of the job that replaced it. */
export interface JobReader {
  /**
   * Takes one Query, whatever the size of the job.
   * @returns undefined if the organisation has no such job
   */
  read(orgId: string, jobId: string): Promise<JobProgress | undefined>;
  /**
   * Takes one BatchGetItem for a hundred jobs, and one Query for each that is running.
   * @returns progress by job id, without jobs that do not exist
   */
  readMany(orgId: string, jobIds: readonly string[]): Promise<ReadonlyMap<string, JobProgress>>;
}

/** The dependencies of {@link createJobReader}. */
export interface JobReaderDeps {
  readonly jobs: Pick<JobStore, 'read' | 'readMany'>;
}

/**
 * The longest chain of superseded jobs that is followed: a segment or the scoring is not changed this often
 * between two reads of its progress.
 */
const MAX_SUPERSESSIONS = 50;

/** Creates a {@link JobReader}. */
export const createJobReader = ({ jobs }: JobReaderDeps): JobReader => {
  const read = async (orgId: string, jobId: string): Promise<JobProgress | undefined> => {
    let view: JobView | undefined = await jobs.read(orgId, jobId);
    for (let followed = 0; view?.job.supersededBy !== undefined && followed < MAX_SUPERSESSIONS; followed++) {
      const next = await jobs.read(orgId, view.job.supersededBy);
      if (next === undefined) break;
      view = next;
    }
    if (view === undefined) return undefined;
    const progress = progressOf(view);
    // The job that replaced it has done or will do the work: it has not failed.
    return view.job.supersededBy === undefined ? progress : { ...progress, status: 'running', failed: 0 };
  };

  return {
    read,
    async readMany(orgId, jobIds) {
      const found = await jobs.readMany(orgId, jobIds, { consistent: true });
      const all = await Promise.all(
        found.map(async (job): Promise<[string, JobProgress | undefined]> => {
          const mayChange = job.state === 'running' || job.supersededBy !== undefined;
          return [job.id, mayChange ? await read(orgId, job.id) : progressOf({ job, pages: [] })];
        }),
      );
      return new Map(all.flatMap(([id, progress]) => (progress === undefined ? [] : [[id, progress]])));
    },
  };
};
