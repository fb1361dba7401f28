import type { Call } from './calls.ts';
import type { Client } from './clients.ts';

/** An event as a timeline shows it. */
export interface Shown {
  readonly kind: string;
  readonly type: string;
  readonly occurredAt: string;
  readonly metadata?: unknown;
}

const FROM = Date.parse('2023-03-04T05:06:07Z');

/** As many tracks as asked for, one a second, years ago. */
export const someTracks = (userId: string, count: number): Call[] =>
  Array.from({ length: count }, (_, nth) => ({
    kind: 'track',
    userId,
    event: `Step ${nth % 7}`,
    properties: { nth },
    at: new Date(FROM + nth * 1000).toISOString(),
  }));

/** What a program calls in the life of a user, which began nine years ago under another id. */
export const aLife = (userId: string): readonly Call[] => [
  {
    kind: 'track',
    userId: `${userId} before`,
    event: 'Signed Up',
    properties: { plan: 'free' },
    at: '2018-01-02T03:04:05.678Z',
  },
  {
    kind: 'identify',
    userId,
    traits: { email: `${userId.replaceAll(' ', '-')}@example.com`, name: 'Zoë', plan: 'pro', logins: 3 },
    at: '2019-03-04T05:06:07.000Z',
  },
  {
    kind: 'track',
    userId,
    event: 'purchased',
    properties: { price: 23.45, items: [{ sku: 'a/b', count: 2 }], note: '“quoted”' },
    at: '2020-02-29T23:59:59.999Z',
  },
  {
    kind: 'page',
    userId,
    name: 'Pricing',
    properties: { url: 'https://shop.example.com/pricing?a=1&b=2', referrer: 'https://example.com' },
    at: '2021-02-24T01:19:38.931Z',
  },
  {
    kind: 'group',
    userId,
    groupId: 'acme',
    traits: { name: 'Acme', employees: 12 },
    at: '2022-05-06T07:08:09.000Z',
  },
  { kind: 'alias', userId, previousId: `${userId} before`, at: '2022-06-07T08:09:10.000Z' },
];

/** The calls of some that a client has. */
export const callsOf = ({ kinds }: Client, calls: readonly Call[]): readonly Call[] =>
  calls.filter(({ kind }) => kinds.includes(kind));

const timeOf = ({ isInSeconds = false }: Client, at: string): string =>
  isInSeconds ? new Date(Math.floor(Date.parse(at) / 1000) * 1000).toISOString() : at;

/** An event as a timeline should show it. */
export interface Expected extends Omit<Shown, 'occurredAt'> {
  /** Undefined if the client sends no time, so that the time of arrival is shown. */
  readonly occurredAt: string | undefined;
}

const eventsOf = (client: Client, call: Call): readonly Expected[] => {
  const occurredAt = timeOf(client, call.at);
  switch (call.kind) {
    case 'track':
      return [{ kind: 'track', type: call.event, occurredAt, metadata: call.properties }];
    case 'identify':
      return [{ kind: 'profile', type: 'updated', occurredAt, metadata: call.traits }];
    case 'page':
      return [
        {
          kind: 'web',
          type: 'page_view',
          occurredAt: client.pagesAreNow ? undefined : occurredAt,
          metadata: { url: call.properties.url },
        },
      ];
    default:
      return [];
  }
};

/**
 * What calls become in the timeline of their user, the newest first.
 * Source: product specification, "What a message becomes".
 */
export const expectedOf = (client: Client, calls: readonly Call[]): readonly Expected[] =>
  calls
    .flatMap((call) => eventsOf(client, call))
    .sort((a, b) => (b.occurredAt ?? '9').localeCompare(a.occurredAt ?? '9'));

/** The parts of a timeline that do not depend on the client: no ids, and no time of a page view that is sent with none. */
export const comparable = ({ pagesAreNow }: Client, timeline: readonly Shown[]): readonly Expected[] =>
  timeline.map(({ kind, type, occurredAt, metadata }) => ({
    kind,
    type,
    occurredAt: pagesAreNow && kind === 'web' ? undefined : occurredAt,
    metadata,
  }));
