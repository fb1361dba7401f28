import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { budgetOf } from '#shared/aws/retry.ts';
import { deadLetterOf, type StreamDeadLetter } from '#shared/aws/set-aside.ts';
import type { QueueSender } from '#shared/aws/sqs.ts';
import { fromEventItem } from '#shared/events/event-item.ts';
import { contactMessages, type RefreshMessage } from '#shared/refresh/messages.ts';
import type { Clock } from '#shared/time/clock.ts';

/** The dependencies of {@link createSendLiveEvents}. */
export interface LiveEventsDeps {
  readonly workers: QueueSender<RefreshMessage>;
  readonly deadLetters: QueueSender<StreamDeadLetter>;
  readonly now: Clock;
  /**
   * Called after all contacts are in the queue, with the time since the oldest live event of the batch was
   * stored, in ms.
   */
  readonly onSent: (lagMs: number) => void;
}

/**
 * An event that is stored, or corrected, within this time after it occurred, in ms, is live. Source: product
 * specification, "Refresh".
 */
export const LIVE_MS = 3_600_000;

/** The time limit for sending, in ms. */
const SEND_MS = 20_000;

/** The contact of a live event; undefined for a historical one. */
const liveContact = ({ dynamodb }: DynamoDBRecord) => {
  const { orgId, contactId, occurredAt } = fromEventItem(dynamodb?.NewImage);
  const arrivedAt = (dynamodb?.ApproximateCreationDateTime ?? 0) * 1_000;
  return arrivedAt - occurredAt <= LIVE_MS ? { orgId, contactId, arrivedAt } : undefined;
};

/**
 * Sends the contacts of live events to the workers, whether an event is new or corrected; historical events wait until a
 * refresh is requested. A record that is not an event is set aside as a dead letter, after all others of its batch are
 * sent, so that it delays none of them and a retry does not repeat it.
 *
 * @throws OutOfTimeError if not everything could be sent: the whole batch is delivered again, which is harmless
 */
export const createSendLiveEvents =
  ({ workers, deadLetters, now, onSent }: LiveEventsDeps) =>
  async ({ Records }: DynamoDBStreamEvent): Promise<void> => {
    const byOrg = new Map<string, Set<string>>();
    const unreadable: DynamoDBRecord[] = [];
    let oldest = Number.POSITIVE_INFINITY;
    for (const record of Records) {
      try {
        const live = liveContact(record);
        if (live === undefined) continue;
        oldest = Math.min(oldest, live.arrivedAt);
        const contactIds = byOrg.get(live.orgId) ?? new Set();
        byOrg.set(live.orgId, contactIds.add(live.contactId));
      } catch {
        unreadable.push(record);
      }
    }
    const messages = [...byOrg].flatMap(([orgId, found]) =>
      // The events are so new that an eventually consistent read may miss them.
      contactMessages(orgId, [...found], { reason: 'live', consistent: true }),
    );
    await workers.sendAll(messages, budgetOf(SEND_MS, now));
    if (byOrg.size > 0) onSent(now() - oldest);
    const letters = unreadable.map((record) => deadLetterOf({ record, reason: 'unreadable' }));
    await deadLetters.sendAll(letters, budgetOf(SEND_MS, now));
  };
