import * as v from 'valibot';

/** A message to the planner: advance a job. It may be sent any number of times. */
export const PlanMessageSchema = v.object({ orgId: v.string(), jobId: v.string() });
/** A parsed {@link PlanMessageSchema}. */
export type PlanMessage = v.InferOutput<typeof PlanMessageSchema>;

/** The reference to a chunk in the message of a worker; see `ChunkRef`. */
export const ChunkRefSchema = v.object({
  id: v.string(),
  page: v.pipe(v.number(), v.integer(), v.minValue(0)),
  chunk: v.pipe(v.number(), v.integer(), v.minValue(0)),
});
