import * as v from 'valibot';

/** How far a refresh is, as the API answers it. */
export const ProgressSchema = v.object({
  refreshId: v.string(),
  status: v.picklist(['running', 'completed', 'failed']),
  total: v.pipe(v.number(), v.integer()),
  done: v.pipe(v.number(), v.integer()),
  failed: v.pipe(v.number(), v.integer()),
});
export type Progress = v.InferOutput<typeof ProgressSchema>;

/** What is known of one chunk of a job: positions of contacts, each in a set, so that counting again changes nothing. */
export interface ChunkProgress {
  readonly done: ReadonlySet<number>;
  readonly failed: ReadonlySet<number>;
}

/**
 * Adds up the chunks of a job.
 *
 * @param total - contacts of the job, as far as they are known
 * @param planned - whether all of them are known
 */
export const progressOf = (
  refreshId: string,
  total: number,
  planned: boolean,
  chunks: readonly ChunkProgress[],
): Progress => {
  let done = 0;
  let failed = 0;
  for (const chunk of chunks) {
    done += chunk.done.size;
    // What failed and later went through, after a redrive, has not failed.
    for (const position of chunk.failed) if (!chunk.done.has(position)) failed += 1;
  }
  const settled = planned && done + failed >= total;
  const status = !settled ? 'running' : failed > 0 ? 'failed' : 'completed';
  return { refreshId, status, total, done: Math.min(done, total), failed };
};

/** The progress of a job that is known to be completed. */
export const completedOf = (refreshId: string, total: number): Progress => ({
  refreshId,
  status: 'completed',
  total,
  done: total,
  failed: 0,
});
