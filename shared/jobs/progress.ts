import * as v from 'valibot';
import type { JobView } from './job.ts';
import { countsOf } from './page.ts';

const count = (description: string) => v.pipe(v.number(), v.integer(), v.description(description));

/** The progress of a job over contacts, as the API returns it. */
export const JobProgressSchema = v.object({
  status: v.pipe(
    v.picklist(['running', 'completed', 'failed']),
    v.description('`failed`: it is over, and some contacts failed'),
  ),
  total: count('The number of contacts found so far; it grows while a large job lists them'),
  done: count('The number of contacts that are done'),
  failed: count('The number of contacts that could not be done'),
});
/** The progress of a job. */
export type JobProgress = Readonly<v.InferOutput<typeof JobProgressSchema>>;

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
