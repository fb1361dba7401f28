import { INTERVALS } from '#shared/analytics/interval.ts';
import { CHARTED_KINDS } from '#shared/events/kinds.ts';
import {
  countedTotals,
  naiveSeries,
  type Plotted,
  storedEvents,
  totalsOf,
  untilCounted,
} from '#test/support/analytics.ts';
import { newOrg, send, type TestOrg } from '#test/support/api.ts';
import { EVENT_IMPORTS, importEntries, newOrgWith } from '#test/support/imports.ts';

const EMAILS = ['sarah@example.com', 'james@example.com', 'ana@example.com'];
const FIRST = Date.parse('2023-11-06T00:00:00Z');
const TWO_YEARS_MS = 2 * 365 * 86_400_000;

/** The field of the type, and types, in the order of the endpoints. */
const TYPES = [
  ['type', 'opened', 'clicked', 'sent'],
  ['type', 'page_view', 'conversion'],
  ['signalType', 'search', 'listing_view'],
  ['source', 'ip_geolocation', 'form_submission'],
  ['name', 'purchased', 'a#b|c 🏙', '\u0000~~'],
] as const;

/** Moments at the boundaries of buckets, among many others. */
const moments = (count: number): number[] => [
  ...[
    '2024-01-01T00:00:00Z',
    '2023-12-31T23:59:59.999Z',
    '2024-02-29T12:00:00Z',
    '2024-03-03T23:59:59.999Z',
  ].map(Date.parse),
  ...['2024-03-04T00:00:00Z', '2024-10-27T01:30:00+02:00', '2025-06-30T23:00:00Z'].map(Date.parse),
  ...Array.from({ length: count }, (_, nth) => FIRST + Math.floor((nth * TWO_YEARS_MS) / count)),
];

const batchOf = (endpoint: number, metadata = {}) => {
  const [field, ...types] = TYPES[endpoint] as (typeof TYPES)[number];
  return moments(130).map((at, nth) =>
    EVENT_IMPORTS[endpoint]?.anEntry({
      contactEmail: EMAILS[nth % EMAILS.length],
      [field]: types[nth % types.length],
      occurredAt: new Date(at).toISOString(),
      eventId: `event ${nth}`,
      metadata,
    }),
  );
};

const importAll = async (org: TestOrg, metadata = {}): Promise<void> => {
  for (const [endpoint, shape] of EVENT_IMPORTS.entries()) {
    const batch = batchOf(endpoint, metadata);
    const { body } = await importEntries(org, shape, batch);
    expect(body).toMatchObject({ imported: batch.length, skipped: 0 });
  }
};

let org: TestOrg;
let stored: readonly Plotted[];

beforeAll(async () => {
  org = await newOrgWith(...EMAILS);
  await importAll(org);
  stored = await storedEvents(org);
  await untilCounted(org);
}, 60_000);

describe.each(CHARTED_KINDS)('GET /v1/analytics/%s', (kind) => {
  it.each(INTERVALS)('plots the events of two years by %s, each on its date', async (interval) => {
    const [from, to] = interval === 'hour' ? ['2024-01-01', '2024-11-01'] : ['2023-11-01', '2026-01-01'];

    const { status, body } = await org.get(
      `/v1/analytics/${kind}?from=${from}&to=${to}&interval=${interval}`,
    );

    const own = stored.filter((event) => event.kind === kind);
    expect(own).toHaveLength(137);
    expect(status).toBe(200);
    expect(body).toEqual(naiveSeries(own, { from: Date.parse(from), to: Date.parse(to), interval }));
  });

  it('plots by day by default', async () => {
    const { body } = await org.get(`/v1/analytics/${kind}?from=2024-02-28&to=2024-03-02`);

    const days = ['2024-02-28', '2024-02-29', '2024-03-01'];
    expect(body.series.map(({ start }: { start: string }) => start.slice(0, 10))).toEqual(days);
  });
});

describe('a span that begins and ends inside buckets', () => {
  it.each(INTERVALS)('counts exactly the events inside it, by %s', async (interval) => {
    const [from, to] = ['2024-01-01T05:00:00+02:00', '2024-10-27T00:00:00+01:00'];

    const query = new URLSearchParams({ from, to, interval });
    const { body } = await org.get(`/v1/analytics/email?${query}`);

    const own = stored.filter((event) => event.kind === 'email');
    expect(body).toEqual(naiveSeries(own, { from: Date.parse(from), to: Date.parse(to), interval }));
  });
});

describe('events that are sent again', () => {
  it('count once: the same batches, and corrections of their events', async () => {
    const before = await countedTotals(org);
    await importAll(org);
    await importAll(org, { corrected: true });
    // A new event after them: once it is counted, they have been processed.
    const [email] = EVENT_IMPORTS;
    await importEntries(org, email, [email.anEntry({ contactEmail: EMAILS[0], type: 'complained' })]);
    await untilCounted(org);

    expect(await countedTotals(org)).toEqual({ ...before, email: { ...before.email, complained: 1 } });
    expect(await countedTotals(org)).toEqual(totalsOf(await storedEvents(org)));
  }, 60_000);
});

describe('another organisation', () => {
  it('sees none of these events', async () => {
    const other = await newOrg();

    const totals = await countedTotals(other);

    expect(totals).toEqual({
      email: {},
      web: {},
      'location-interests': {},
      'location-history': {},
      track: {},
    });
  });
});

describe('a request that cannot be answered', () => {
  it.each([
    ['to=2024-01-01', 'from is required'],
    ['from=2024-01-01', 'to is required'],
    ['from=yesterday&to=2024-01-01', 'from must be an ISO 8601 date, or date and time with a zone'],
    ['from=2024-01-01T00:00:00Z&to=2024-01-01T12:30:00Z', 'to must be on the hour'],
    ['from=2024-01-01&to=2024-01-01', 'from must be before to'],
    ['from=2024-01-01&to=2024-02-01&interval=year', 'interval must be one of hour, day, week, month'],
    [
      'from=2023-01-01&to=2025-01-01&interval=hour',
      'A series has at most 10000 buckets: ask for less time or a longer interval',
    ],
  ])('answers 400 to %s, with the cause', async (query, message) => {
    const { status, body } = await org.get(`/v1/analytics/web?${query}`);

    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: 'bad_request', message });
  });

  it.each(['sms', 'EMAIL', 'email%23', '__proto__'])('answers 404 to the kind %s', async (kind) => {
    const { status } = await org.get(`/v1/analytics/${kind}?from=2024-01-01&to=2024-02-01`);

    expect(status).toBe(404);
  });

  it('answers 405 to another method, and 401 without a key', async () => {
    const path = '/v1/analytics/email?from=2024-01-01&to=2024-02-01';

    expect((await org.post(path, {})).status).toBe(405);
    expect((await send(path)).status).toBe(401);
  });
});
