import { budgetOf } from '../aws/retry.ts';
import type { QueueSender } from '../aws/sqs.ts';
import type { Clock } from '../time/clock.ts';
import { OutOfTimeError } from '../time/out-of-time.ts';
import { contactMessages, type RefreshMessage } from './messages.ts';

/** The time for sending, in ms: the request that has merged the contacts waits for it. */
const SEND_MS = 2_000;

/**
 * Creates a function that has contacts refreshed which others have become one with. If the queue does not accept them in
 * time nothing is lost: the transaction that made them one has made them due, so the sweep finds them within a minute.
 */
export const createRefreshMerged =
  (workers: QueueSender<RefreshMessage>, now: Clock) =>
  async (orgId: string, contactIds: readonly string[]): Promise<void> => {
    // Their identities are so new that an eventually consistent read of the histories may miss their last events.
    const messages = contactMessages(orgId, contactIds, { reason: 'live', consistent: true });
    try {
      await workers.sendAll(messages, budgetOf(SEND_MS, now));
    } catch (error) {
      if (!(error instanceof OutOfTimeError)) throw error;
    }
  };
