import type { JobView } from './job.ts';
import { countsOf } from './page.ts';

/** The progress of a job. */
export interface JobProgress {
  readonly status: 'running' | 'completed' | 'failed';
  /** The number of items planned so far. */
  readonly total: number;
  readonly done: number;
  readonly failed: number;
}

/**
 * The progress of a job: settled pages are counted in its row, the others are the few pages in flight. All
 * items of a cancelled job that are not done have failed.
 */
export const progressOf = ({ job, pages }: JobView): JobProgress => {
  const { total } = job;
  let { done, failed } = job;
  for (const page of pages) {
    const counts = countsOf(page);
    done += counts.done;
    failed += counts.failed;
  }
  if (job.state === 'cancelled') return { status: 'failed', total, done, failed: total - done };
  // A page that settles between two reads appears in neither: then the counts do not add up to the total, and
  // the job is still running.
  const isOver = job.isPlanned && done + failed >= total;
  return { status: !isOver ? 'running' : failed > 0 ? 'failed' : 'completed', total, done, failed };
};
