import * as v from 'valibot';
import { JobProgressSchema } from '../jobs/progress.ts';

/** The progress of a refresh, as the API returns it. */
export const ProgressSchema = v.object({ refreshId: v.string(), ...JobProgressSchema.entries });
/** A {@link ProgressSchema} value. */
export type Progress = v.InferOutput<typeof ProgressSchema>;
