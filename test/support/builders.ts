import type { RetryBudget } from '#shared/aws/retry.ts';
import type { HistoryEvent } from '#shared/events/kinds.ts';
import type { ApiRequest } from '#shared/http/api.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import type { Found } from '#shared/identities/identity-item.ts';
import type { IdentityStore } from '#shared/identities/identity-store.ts';
import type { Receipt } from '#shared/imports/receipt.ts';
import type { Clock } from '#shared/time/clock.ts';

/** The current time in every unit test that does not set another. */
export const NOW = Date.parse('2026-03-15T12:00:00.000Z');
export const fixedClock: Clock = () => NOW;

export const ORG = 'o_testorgan2';
export const SARAH = 'sarah@example.com';
export const SARAH_ID = contactIdOf(ORG, SARAH);

type Fields = Readonly<Record<string, unknown>>;

/** Entries as a customer sends them, valid unless overridden; a field that is `undefined` is not sent. */
export const anEmailEntry = (overrides: Fields = {}) => ({
  contactEmail: SARAH,
  type: 'opened',
  occurredAt: '2025-11-15T10:30:00Z',
  ...overrides,
});

export const aWebEntry = (overrides: Fields = {}) => anEmailEntry({ type: 'page_view', ...overrides });

export const aLocationInterest = (overrides: Fields = {}) => ({
  contactEmail: SARAH,
  location: 'Austin, TX',
  signalType: 'listing_view',
  strength: 0.8,
  occurredAt: '2025-12-10T16:00:00Z',
  ...overrides,
});

export const aLocationObservation = (overrides: Fields = {}) => ({
  contactEmail: SARAH,
  location: 'Austin, TX',
  source: 'ip_geolocation',
  occurredAt: '2025-12-05T09:00:00Z',
  ...overrides,
});

export const aNamedEvent = (overrides: Fields = {}) => ({
  contactEmail: SARAH,
  name: 'Dashboard Loaded',
  occurredAt: '2025-11-30T08:05:00Z',
  ...overrides,
});

export const aContactEntry = (overrides: Fields = {}) => ({ email: SARAH, ...overrides });

/** An event as it is after validation. */
export const anEvent = (overrides: Partial<HistoryEvent> = {}): HistoryEvent => ({
  kind: 'email',
  type: 'opened',
  occurredAt: Date.parse('2025-11-15T10:30:00.000Z'),
  ...overrides,
});

/** A request as the operations receive it. */
export const aRequest = (overrides: Partial<ApiRequest> = {}): ApiRequest => ({
  orgId: ORG,
  requestId: 'request-1',
  method: 'POST',
  route: '/v1/events/email/batch',
  path: '/v1/events/email/batch',
  headers: {},
  pathParameters: {},
  query: {},
  contentType: 'application/json',
  body: '{}',
  isBodyIntact: true,
  ...overrides,
});

/** A batch request with the entries in the array named `field`. */
export const aBatch = (field: string, entries: readonly unknown[], overrides: Partial<ApiRequest> = {}) =>
  aRequest({ body: JSON.stringify({ [field]: entries }), ...overrides });

export const aReceipt = (overrides: Partial<Receipt> = {}): Receipt => ({
  id: 'imp_01JPCQX3V0000000000000000A',
  endpoint: 'events/email',
  receivedAt: '2026-03-15T11:59:00.000Z',
  state: 'completed',
  received: 3,
  contacts: 2,
  imported: 2,
  skipped: 1,
  reasons: { 'Contact not found': 1 },
  completedAt: '2026-03-15T11:59:01.000Z',
  note: null,
  ...overrides,
});

/** A budget whose clock advances only when something sleeps or a test advances it; it reports whole ms, like `Date.now`. */
export interface FakeBudget extends RetryBudget {
  readonly pauses: number[];
  advance(ms: number): void;
}

/** @param ms - the time until the deadline, from {@link NOW} */
export const aBudget = (ms = 20_000, random: () => number = () => 0.5): FakeBudget => {
  let at = NOW;
  const pauses: number[] = [];
  return {
    deadline: NOW + ms,
    now: () => Math.floor(at),
    random,
    sleep: async (pause) => {
      pauses.push(pause);
      at += pause;
    },
    pauses,
    advance: (by) => {
      at += by;
    },
  };
};

/** An error as the AWS SDK throws it. */
export const anAwsError = (name: string, httpStatusCode: number): Error =>
  Object.assign(new Error(name), {
    name,
    $fault: httpStatusCode < 500 ? 'client' : 'server',
    $metadata: { httpStatusCode },
  });

/** The contact ids of a look-up, whether they are passed as a list or in groups. */
export const idsOf = async (contactIds: Parameters<IdentityStore['find']>[1]): Promise<readonly string[]> => {
  const ids: string[] = [];
  for await (const group of contactIds) ids.push(...[group].flat());
  return ids;
};

/** What a look-up finds if these identities are contacts of their own. */
export const foundOf = (ids: Iterable<string>): ReadonlyMap<string, Found> =>
  new Map([...ids].map((id) => [id, { contactId: id, isOnly: true }]));
