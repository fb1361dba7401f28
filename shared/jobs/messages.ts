import * as v from 'valibot';

/** What is asked of the planner: to see what a job needs next. It may be asked any number of times. */
export const PlanMessageSchema = v.object({ orgId: v.string(), jobId: v.string() });
export type PlanMessage = v.InferOutput<typeof PlanMessageSchema>;

/** What a worker is told of the chunk that its message is. */
export const ChunkRefSchema = v.object({
  id: v.string(),
  page: v.pipe(v.number(), v.integer(), v.minValue(0)),
  chunk: v.pipe(v.number(), v.integer(), v.minValue(0)),
});
