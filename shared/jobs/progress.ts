import type { JobView } from './job.ts';
import { countsOf } from './page.ts';

/** How far a job is. */
export interface JobProgress {
  readonly status: 'running' | 'completed' | 'failed';
  /** As far as they are planned. */
  readonly total: number;
  readonly done: number;
  readonly failed: number;
}

/**
 * Adds up a job: what has settled is counted in its row, the rest in the few pages in flight.
 * Of a job that was cancelled, all that is not done has failed.
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
  // A page that settles between two reads is in neither: then not everything is counted, and the job is running.
  const isOver = job.isPlanned && done + failed >= total;
  return { status: !isOver ? 'running' : failed > 0 ? 'failed' : 'completed', total, done, failed };
};
