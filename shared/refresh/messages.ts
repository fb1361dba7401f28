import * as v from 'valibot';
import { ChunkRefSchema } from '../jobs/messages.ts';
import { type Chunk, ITEMS_PER_CHUNK } from '../jobs/page.ts';

/** The maximum number of contacts of a message, with or without a job. */
export const CONTACTS_PER_MESSAGE = ITEMS_PER_CHUNK;

/**
 * A message to a refresh worker. Reasons:
 *
 * - `job`: recompute the contacts and count them for the job.
 * - `live`: an event has just occurred.
 * - `due`: the passage of time may have changed memberships; contacts that are no longer due are skipped.
 */
export const RefreshMessageSchema = v.object({
  orgId: v.string(),
  contactIds: v.pipe(v.array(v.string()), v.minLength(1)),
  reason: v.picklist(['job', 'live', 'due']),
  /** Whether events may be so new that only a strongly consistent read finds them. */
  consistent: v.boolean(),
  /** The chunk of a job that the message is, if any. */
  job: v.optional(ChunkRefSchema),
});
/** A parsed {@link RefreshMessageSchema}. */
export type RefreshMessage = v.InferOutput<typeof RefreshMessageSchema>;

/** The message for a chunk of a job. */
export const chunkMessage = (
  orgId: string,
  { ref, items }: Chunk,
  { consistent }: { readonly consistent: boolean },
): RefreshMessage => ({ orgId, contactIds: [...items], reason: 'job', consistent, job: ref });

/** The messages for contacts that no job counts, each of at most {@link CONTACTS_PER_MESSAGE}. */
export const contactMessages = (
  orgId: string,
  contactIds: readonly string[],
  options: Pick<RefreshMessage, 'reason' | 'consistent'>,
): RefreshMessage[] => {
  const messages: RefreshMessage[] = [];
  for (let at = 0; at < contactIds.length; at += CONTACTS_PER_MESSAGE) {
    messages.push({ orgId, contactIds: contactIds.slice(at, at + CONTACTS_PER_MESSAGE), ...options });
  }
  return messages;
};
