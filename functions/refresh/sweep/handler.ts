import { budgetOf } from '#shared/aws/retry.ts';
import type { QueueSender } from '#shared/aws/sqs.ts';
import { contactMessages, type RefreshMessage } from '#shared/refresh/messages.ts';
import type { StandingStore } from '#shared/standings/standing-store.ts';
import type { Clock } from '#shared/time/clock.ts';

/** The dependencies of {@link createSweep}. */
export interface SweepDeps {
  readonly standings: Pick<StandingStore, 'due'>;
  readonly workers: QueueSender<RefreshMessage>;
  readonly now: Clock;
}

/** The time limit for sending a page, in ms. */
const SEND_MS = 20_000;

/**
 * Sends the contacts whose memberships may have changed by the passage of time alone to the workers. A
 * contact stays due until a worker has refreshed it, so it may be sent again a minute later; workers skip
 * contacts that are no longer due.
 *
 * @returns the number of contacts sent
 */
export const createSweep =
  ({ standings, workers, now }: SweepDeps) =>
  async (): Promise<number> => {
    let sent = 0;
    for await (const page of standings.due(now())) {
      const byOrg = Map.groupBy(page, ({ orgId }) => orgId);
      const messages = [...byOrg].flatMap(([orgId, due]) => {
        const contactIds = due.map(({ contactId }) => contactId);
        return contactMessages(orgId, contactIds, { reason: 'due', consistent: false });
      });
      await workers.sendAll(messages, budgetOf(SEND_MS, now));
      sent += page.length;
    }
    return sent;
  };
