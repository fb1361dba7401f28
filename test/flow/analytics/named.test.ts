import { INTERVALS } from '#shared/analytics/interval.ts';
import { untilCounted } from '#test/support/analytics.ts';
import type { TestOrg } from '#test/support/api.ts';
import { aNamedEvent, SARAH } from '#test/support/builders.ts';
import { EVENT_IMPORTS, importEntries, newOrgWith } from '#test/support/imports.ts';

const TRACK = EVENT_IMPORTS[4];
const HOUR = 3_600_000;
const FIRST = Date.parse('2025-10-20T05:00:00Z');

/** Names with 40, 39, … events; the last ones are not among the twenty most frequent. */
const NAMES = [
  'other',
  '__proto__',
  'a+b c#d&e=f',
  '🏙'.repeat(128),
  ...Array.from({ length: 21 }, (_, nth) => `name ${nth}`),
].map((name, nth) => ({ name, count: 40 - nth }));

const EVENTS = NAMES.flatMap(({ name, count }) =>
  Array.from({ length: count }, (_, nth) => ({ name, at: FIRST + nth * 7 * HOUR })),
);
const TOP = NAMES.slice(0, 20);
const REST = NAMES.slice(20).reduce((sum, { count }) => sum + count, 0);

const objectOf = (entries: readonly (readonly [string, number])[]): Record<string, number> => {
  const object: Record<string, number> = Object.create(null);
  for (const [name, count] of entries) object[name] = count;
  return object;
};

let org: TestOrg;
beforeAll(async () => {
  org = await newOrgWith(SARAH);
  const entries = EVENTS.map(({ name, at }, nth) =>
    aNamedEvent({ name, occurredAt: new Date(at).toISOString(), eventId: String(nth) }),
  );
  const { body } = await importEntries(org, TRACK, entries);
  expect(body).toMatchObject({ imported: EVENTS.length });
  await untilCounted(org);
}, 60_000);

const chart = (query: Record<string, string>) => org.get(`/v1/analytics/track?${new URLSearchParams(query)}`);

describe('GET /v1/analytics/track', () => {
  it.each(INTERVALS)(
    'plots the twenty most frequent names and the number of other events, by %s',
    async (interval) => {
      const { status, body } = await chart({ from: '2025-10-20', to: '2025-11-02T07:00:00Z', interval });

      expect(status).toBe(200);
      expect(Object.entries(body.totals).sort()).toEqual(TOP.map(({ name, count }) => [name, count]).sort());
      expect(body.other).toBe(REST);
      const bucketed = body.series.reduce(
        (sum: number, { counts, other = 0 }: { counts: object; other?: number }) => {
          return Object.values(counts).reduce((all, count) => all + count, sum + other);
        },
        0,
      );
      expect(bucketed).toBe(EVENTS.length);
    },
  );

  it('counts exactly the events of its span', async () => {
    const [from, to] = [FIRST + 7 * HOUR, FIRST + 10 * 7 * HOUR];

    const { body } = await chart({ from: new Date(from).toISOString(), to: new Date(to).toISOString() });

    expect(Object.values(body.totals)).toEqual(Array.from({ length: 20 }, () => 9));
    expect(body.other).toBe(5 * 9);
  });

  it.each(NAMES.slice(0, 5))('plots the name $name alone', async ({ name, count }) => {
    const { status, body } = await chart({ from: '2025-10-01', to: '2025-12-01', interval: 'month', name });

    expect(status).toBe(200);
    expect(body.totals).toEqual(objectOf([[name, count]]));
    expect(body).not.toHaveProperty('other');
  });

  it('plots nothing for a name without events', async () => {
    const { status, body } = await chart({ from: '2025-10-01', to: '2025-10-02', name: 'never' });

    expect(status).toBe(200);
    expect(body).toEqual({ series: [{ start: '2025-10-01T00:00:00.000Z', counts: {} }], totals: {} });
  });

  it('refuses a name for another kind', async () => {
    const { status, body } = await org.get('/v1/analytics/email?from=2025-10-01&to=2025-10-02&name=opened');

    expect(status).toBe(400);
    expect(body.error).toMatchObject({ message: 'name is only for track' });
  });
});
