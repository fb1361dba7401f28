import * as v from 'valibot';

/** The progress of a refresh, as the API returns it. */
export const ProgressSchema = v.object({
  refreshId: v.string(),
  status: v.picklist(['running', 'completed', 'failed']),
  total: v.pipe(v.number(), v.integer()),
  done: v.pipe(v.number(), v.integer()),
  failed: v.pipe(v.number(), v.integer()),
});
/** A {@link ProgressSchema} value. */
export type Progress = v.InferOutput<typeof ProgressSchema>;
