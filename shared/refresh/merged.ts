import { budgetOf } from '../aws/retry.ts';
import type { QueueSender } from '../aws/sqs.ts';
import type { Clock } from '../time/clock.ts';
import { OutOfTimeError } from '../time/out-of-time.ts';
import { CONTACTS_PER_MESSAGE, contactMessages, type RefreshMessage } from './messages.ts';

/** The time for sending, in ms: the request that has merged the contacts waits for it. */
const SEND_MS = 2_000;

/**
 * Creates a function that has contacts refreshed which others have become one with. The transaction that made them one has
 * made them due, so the sweep finds them within a minute in any case. A few are refreshed at once; an import that merges
 * many leaves them to the sweep, as their refreshes would delay those of live events.
 */
export const createRefreshMerged =
  (workers: QueueSender<RefreshMessage>, now: Clock) =>
  async (orgId: string, contactIds: readonly string[]): Promise<void> => {
    if (contactIds.length > CONTACTS_PER_MESSAGE) return;
    // Their identities are so new that an eventually consistent read of the histories may miss their last events.
    const messages = contactMessages(orgId, contactIds, { reason: 'live', consistent: true });
    try {
      await workers.sendAll(messages, budgetOf(SEND_MS, now));
    } catch (error) {
      if (!(error instanceof OutOfTimeError)) throw error;
    }
  };
