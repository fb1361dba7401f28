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
