import type { TestOrg } from '../api.ts';
import { allOf } from '../refreshes.ts';
import { until } from '../until.ts';
import { bodyOf, type Exchange, type Gateway } from './gateway.ts';
import type { Shown } from './history.ts';

/** The longest time from the answer to a message until it is stored, with margin for a busy machine, in ms. */
const STORED_MS = 60_000;

/** The parts of a receipt that tests read. */
export interface Collected {
  readonly id: string;
  readonly state: string;
  readonly received: number;
  readonly imported: number | null;
  readonly skipped: number | null;
  readonly reasons: Readonly<Record<string, number>>;
}

/** The receipts of an organisation's collected messages. */
export const collectedOf = (org: TestOrg): Promise<Collected[]> =>
  allOf<Collected>(org, '/v1/imports?type=stream');

/** The number of messages in a request of a client. */
const messagesIn = (exchange: Exchange): number => {
  const text = bodyOf(exchange).toString();
  const { batch } = text.startsWith('{') ? JSON.parse(text) : {};
  return Array.isArray(batch) ? batch.length : 1;
};

/** The number of messages that the API has accepted through a gateway. */
export const acceptedOf = ({ exchanges }: Gateway): number =>
  exchanges
    .filter(({ reply }) => reply?.status === 200)
    .reduce((sum, exchange) => sum + messagesIn(exchange), 0);

/**
 * Waits until receipts tell of so many messages, and none is open.
 * @returns the receipts
 */
export const untilCollected = async (org: TestOrg, messages: number): Promise<Collected[]> => {
  let receipts: Collected[] = [];
  await until(
    `${messages} messages are collected`,
    async () => {
      receipts = await collectedOf(org);
      const received = receipts.reduce((sum, receipt) => sum + receipt.received, 0);
      return received >= messages && receipts.every(({ state }) => state !== 'open');
    },
    STORED_MS,
  );
  return receipts;
};

/** The timeline of a user, the newest first. */
export const timelineOf = async (org: TestOrg, userId: string): Promise<Shown[]> => {
  const { status, text, body } = await org.get(`/v1/contacts?userId=${encodeURIComponent(userId)}`);
  if (status !== 200) throw new Error(`${userId} has no contact: ${text}`);
  return allOf<Shown>(org, `/v1/contacts/${body.contactId}/activity?limit=200`);
};

/** The reasons of all skipped messages, with their numbers. */
export const reasonsOf = (receipts: readonly Collected[]): Record<string, number> => {
  const sums: Record<string, number> = {};
  for (const { reasons } of receipts) {
    for (const [reason, count] of Object.entries(reasons)) sums[reason] = (sums[reason] ?? 0) + count;
  }
  return sums;
};
