import * as v from 'valibot';

/**
 * Contacts of one message: few enough that a failure repeats little, many enough that a worker is busy; a worker takes
 * several messages at once.
 */
export const CONTACTS_PER_MESSAGE = 20;

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
  /** Whose progress it is; `chunk` is unique within the job, and the same whenever the message is sent again. */
  job: v.optional(v.object({ id: v.string(), chunk: v.string() })),
});
export type RefreshMessage = v.InferOutput<typeof RefreshMessageSchema>;

/** What is asked of the planner: to find contacts of a job, a page at a time, and to send them to the workers. */
export const PlanMessageSchema = v.object({
  orgId: v.string(),
  jobId: v.string(),
  /** Everyone, or the members of a segment. */
  of: v.variant('kind', [
    v.object({ kind: v.literal('everyone') }),
    v.object({ kind: v.literal('members'), segmentId: v.string() }),
  ]),
  shard: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** The contact after which the page begins; absent for the first. */
  after: v.optional(v.string()),
});
export type PlanMessage = v.InferOutput<typeof PlanMessageSchema>;

/** Cuts a list of contacts into the messages of a job. */
export const jobMessages = (
  orgId: string,
  jobId: string,
  contactIds: readonly string[],
  { consistent, prefix }: { readonly consistent: boolean; readonly prefix: string },
): RefreshMessage[] => {
  const messages: RefreshMessage[] = [];
  for (let at = 0; at < contactIds.length; at += CONTACTS_PER_MESSAGE) {
    messages.push({
      orgId,
      contactIds: contactIds.slice(at, at + CONTACTS_PER_MESSAGE),
      reason: 'job',
      consistent,
      job: { id: jobId, chunk: `${prefix}${at}` },
    });
  }
  return messages;
};
