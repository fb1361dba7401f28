import * as v from 'valibot';
import { ChunkRefSchema } from '../jobs/messages.ts';
import { type Chunk, ITEMS_PER_CHUNK } from '../jobs/page.ts';

/** Contacts of one message, whether it is of a job or not. */
export const CONTACTS_PER_MESSAGE = ITEMS_PER_CHUNK;

/**
 * What is asked of a refresh worker.
 *
 * `job`: recompute and count. `live`: an event that just happened. `due`: time may have changed the membership; a
 * contact that is not due any more is passed over.
 */
export const RefreshMessageSchema = v.object({
  orgId: v.string(),
  contactIds: v.pipe(v.array(v.string()), v.minLength(1)),
  reason: v.picklist(['job', 'live', 'due']),
  /** Whether events may be so new that an eventually consistent read would miss them. */
  consistent: v.boolean(),
  /** Which chunk of which job it is, to be counted. */
  job: v.optional(ChunkRefSchema),
});
export type RefreshMessage = v.InferOutput<typeof RefreshMessageSchema>;

/** The message of a job's chunk. */
export const chunkMessage = (
  orgId: string,
  { ref, items }: Chunk,
  { consistent }: { readonly consistent: boolean },
): RefreshMessage => ({ orgId, contactIds: [...items], reason: 'job', consistent, job: ref });
