import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { budgetOf } from '#shared/aws/retry.ts';
import type { QueueSender } from '#shared/aws/sqs.ts';
import { fromEventItem } from '#shared/events/event-item.ts';
import { CONTACTS_PER_MESSAGE, type RefreshMessage } from '#shared/refresh/messages.ts';
import type { Clock } from '#shared/time/clock.ts';

/** What noticing live events needs. */
export interface LiveEventsDeps {
  readonly workers: QueueSender<RefreshMessage>;
  readonly now: Clock;
  /** Called once all are in the queue, with the time since the oldest live event of the batch was stored. */
  readonly onNoticed: (lagMs: number) => void;
}

/** An event that arrives within this time of occurring is live. Source: product specification, "Refresh". */
export const LIVE_MS = 3_600_000;

/** Sending takes at most this long. */
const SEND_MS = 20_000;

/** The contact of a live event; undefined for a historical one. */
const liveContact = ({ dynamodb }: DynamoDBRecord) => {
  const { orgId, contactId, occurredAt } = fromEventItem(dynamodb?.NewImage);
  const arrivedAt = (dynamodb?.ApproximateCreationDateTime ?? 0) * 1_000;
  return arrivedAt - occurredAt <= LIVE_MS ? { orgId, contactId, arrivedAt } : undefined;
};

/**
 * Sends the contacts of live events to the workers; historical events wait for a refresh to be asked for. A record that is no
 * event is reported after all others of its batch have been sent, and ends in the dead-letter queue; those behind it are
 * delivered again, which does no harm.
 */
export const createNoticeLiveEvents =
  ({ workers, now, onNoticed }: LiveEventsDeps) =>
  async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const byOrg = new Map<string, Set<string>>();
    let broken: DynamoDBRecord | undefined;
    let oldest = Number.POSITIVE_INFINITY;
    for (const record of Records) {
      try {
        const live = liveContact(record);
        if (live === undefined) continue;
        oldest = Math.min(oldest, live.arrivedAt);
        const contactIds = byOrg.get(live.orgId) ?? new Set();
        byOrg.set(live.orgId, contactIds.add(live.contactId));
      } catch {
        broken ??= record;
      }
    }
    const messages: RefreshMessage[] = [];
    for (const [orgId, found] of byOrg) {
      const ids = [...found];
      for (let at = 0; at < ids.length; at += CONTACTS_PER_MESSAGE) {
        // The event is a moment old: an eventually consistent read may not know it.
        const contactIds = ids.slice(at, at + CONTACTS_PER_MESSAGE);
        messages.push({ orgId, contactIds, reason: 'live', consistent: true });
      }
    }
    await workers.sendAll(messages, budgetOf(SEND_MS, now));
    if (byOrg.size > 0) onNoticed(now() - oldest);
    const itemIdentifier = broken?.dynamodb?.SequenceNumber;
    return { batchItemFailures: itemIdentifier === undefined ? [] : [{ itemIdentifier }] };
  };
