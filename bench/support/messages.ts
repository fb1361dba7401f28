import { hash } from 'node:crypto';
import type { Item } from '#shared/aws/dynamodb.ts';
import { type Accepted, packAccepted } from '#shared/clients/accepted.ts';
import { translateSegment } from '#shared/clients/segment/translate.ts';
import { prepareMessage } from '#shared/imports/prepared-message.ts';
import { chunksOf } from './bare-writes.ts';
import type { Caller } from './world.ts';

const START = Date.UTC(2024, 0, 1);

/** Contacts that one request creates. */
const CREATED_AT_ONCE = 10_000;

const userIdOf = (nth: number): string => `user-${nth}`;

/** Creates the people of {@link trackMessage}, each with a user id. */
export const createPeople = async ({ call }: Caller, count: number): Promise<void> => {
  const people = Array.from({ length: count }, (_, nth) => ({ externalId: userIdOf(nth) }));
  for (const contacts of chunksOf(people, CREATED_AT_ONCE)) {
    await call('POST', '/v1/contacts/batch', { contacts });
  }
};

/** An id of the form that Segment's client for Node gives a message. */
const messageIdOf = (nth: number): string => `node-next-${START + nth}-${hash('md5', String(nth))}`;

/** The nth `track` of some people as Segment's client for Node sends it: 0.4 KB, with a time of its own. */
export const trackMessage = (nth: number, people: number, properties: object = {}): object => ({
  messageId: messageIdOf(nth),
  timestamp: new Date(START + nth * 1_000).toISOString(),
  type: 'track',
  event: `Order ${nth % 50} placed`,
  userId: userIdOf(nth % people),
  properties: { orderId: `ORD-${nth}`, value: 129.99, currency: 'EUR', ...properties },
  context: { library: { name: '@segment/analytics-node', version: '2.3.0' } },
  integrations: {},
});

/** `count` messages from the nth. */
export const trackMessages = (first: number, count: number, people: number): object[] =>
  Array.from({ length: count }, (_, at) => trackMessage(first + at, people));

/** The item that an import of a message stores. */
export const itemOfMessage = (orgId: string, message: unknown): Item => {
  const translation = translateSegment(message, { receivedAt: Date.now() });
  if (translation.kind === 'rejected') throw new Error(`A message is rejected: ${translation.reason}`);
  const { item } = prepareMessage(orgId, 0, translation.message);
  if (item === undefined) throw new Error('A message has no event');
  return item;
};

/** Records of the queue, as requests with so many messages each make them. */
export const recordsOf = (
  orgId: string,
  messages: readonly object[],
  perRequest: number,
): readonly Accepted[] =>
  chunksOf(messages, perRequest).flatMap((ofRequest) => {
    const request = { orgId, format: 'segment', receivedAt: Date.now() } as const;
    const { small, large } = packAccepted(
      request,
      ofRequest.map((message) => JSON.stringify(message)),
    );
    return [...small, ...large];
  });
