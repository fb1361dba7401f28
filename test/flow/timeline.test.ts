import { contactIdOf } from '#shared/identities/contact-id.ts';
import { type Answer, newOrg, type TestOrg } from '#test/support/api.ts';
import { anEmailEntry, aWebEntry, SARAH } from '#test/support/builders.ts';
import { EVENT_IMPORTS, importEntries, importText, instant, newOrgWith } from '#test/support/imports.ts';
import { allOf } from '#test/support/refreshes.ts';

const [EMAIL, WEB] = EVENT_IMPORTS;
const FROM = Date.parse('2025-06-01T00:00:00Z');

interface Activity {
  readonly kind: string;
  readonly occurredAt: string;
  readonly eventId?: string;
}

const pathOf = ({ orgId }: TestOrg, query = '', email = SARAH): string =>
  `/v1/contacts/${contactIdOf(orgId, email)}/activity${query}`;

/** Imports web events at these seconds after {@link FROM}; the eventId is the second. */
const importAt = async (org: TestOrg, seconds: readonly number[]): Promise<void> => {
  const { body } = await importEntries(
    org,
    WEB,
    seconds.map((at) => aWebEntry({ occurredAt: instant(at * 1_000, FROM), eventId: `${at}` })),
  );
  if (body.imported !== seconds.length) throw new Error('Not all imported');
};

const idsOf = (items: readonly Activity[]): number[] => items.map(({ eventId }) => Number(eventId));

describe('a timeline', () => {
  it('contains all kinds, newest first', async () => {
    const org = await newOrgWith(SARAH);
    for (const [nth, shape] of EVENT_IMPORTS.entries()) {
      const entries = [0, 1, 2].map((round) =>
        shape.anEntry({ occurredAt: instant((round * 5 + nth) * 1_000, FROM) }),
      );
      await importEntries(org, shape, entries);
    }

    const { status, body } = await org.get(pathOf(org));

    expect(status).toBe(200);
    expect(body.nextCursor).toBeNull();
    expect(body.items.map(({ kind }: Activity) => kind)).toEqual(
      Array(3).fill(['track', 'location-history', 'location-interests', 'web', 'email']).flat(),
    );
    const moments = body.items.map(({ occurredAt }: Activity) => occurredAt);
    expect(moments).toEqual(moments.toSorted().toReversed());
    expect(body.items[0]).toEqual({
      kind: 'track',
      type: 'Dashboard Loaded',
      occurredAt: instant(14_000, FROM),
    });
    expect(body.items[1]).toEqual({
      kind: 'location-history',
      type: 'ip_geolocation',
      location: 'Austin, TX',
      occurredAt: instant(13_000, FROM),
    });
    expect(body.items[2]).toMatchObject({ type: 'listing_view', strength: 0.8, location: 'Austin, TX' });
  });

  it.each([
    ['numbers in various notations', '{"a":12345678901234567890,"b":1.0,"c":1e400,"d":-0.0}'],
    ['empty values', '{"a":null,"b":"","c":{},"d":[],"":0}'],
    ['names of object members', '{"__proto__":{"a":1},"constructor":null}'],
    ['unicode and escapes', '{"é":"👩‍👩‍👧‍👦","a":"\\"\\\\\\n","b":"\\u0000\u2028"}'],
    ['names that the service uses itself', '{"items":[],"nextCursor":"x","metadata":{"metadata":1}}'],
  ])('has metadata byte for byte as it was sent: %s', async (_what, metadata) => {
    const org = await newOrgWith(SARAH);
    const entry = JSON.stringify(anEmailEntry()).slice(0, -1);
    await importText(org, EMAIL, `[${entry},"metadata":${metadata}}]`);

    const { text } = await org.get(pathOf(org));

    expect(text).toBe(
      `{"items":[{"kind":"email","type":"opened","occurredAt":"2025-11-15T10:30:00.000Z","metadata":${metadata}}],"nextCursor":null}`,
    );
  });

  it('returns every event once, with any limit', async () => {
    const org = await newOrgWith(SARAH);
    const seconds = Array.from({ length: 23 }, (_, at) => at);
    await importAt(org, seconds);

    for (const limit of [1, 7, 23, 200]) {
      const items = await allOf<Activity>(org, pathOf(org, `?limit=${limit}`));
      expect(idsOf(items)).toEqual(seconds.toReversed());
    }
  });

  it('neither repeats nor loses an event if newer and older ones arrive between its pages', async () => {
    const org = await newOrgWith(SARAH);
    const existing = Array.from({ length: 30 }, (_, at) => 100 + 2 * at);
    await importAt(org, existing);

    const seen: number[] = [];
    let cursor: string | null = null;
    for (let page = 0; cursor !== null || page === 0; page++) {
      const { body }: Answer = await org.get(
        pathOf(org, `?limit=4${cursor === null ? '' : `&cursor=${cursor}`}`),
      );
      seen.push(...idsOf(body.items));
      cursor = body.nextCursor;
      // Newer than all, among the returned events, among the remaining events, and older than all.
      if (page < 6) await importAt(org, [1_000 + page, 101 + 2 * (29 - page), 101 + 2 * page, page]);
    }

    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(seen.toSorted((a, b) => b - a));
    expect(seen).toEqual(expect.arrayContaining(existing));
    expect(seen.some((at) => at >= 1_000)).toBe(false);
  });

  it('of one kind returns its events among thousands of others, page by page', async () => {
    const org = await newOrgWith(SARAH);
    const emails = [0, 1, 2_500, 2_501, 2_502].map((at) =>
      anEmailEntry({ occurredAt: instant(at * 1_000 + 1, FROM), eventId: `${at}` }),
    );
    await importEntries(org, EMAIL, emails);
    await importAt(
      org,
      Array.from({ length: 2_500 }, (_, at) => at),
    );

    const items = await allOf<Activity>(org, pathOf(org, '?kind=email&limit=2'));
    const locations = await allOf<Activity>(org, pathOf(org, '?kind=location-history'));

    expect(idsOf(items)).toEqual([2_502, 2_501, 2_500, 1, 0]);
    expect(items.every(({ kind }) => kind === 'email')).toBe(true);
    expect(locations).toEqual([]);
  }, 30_000);

  it.each([
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=-1', 'limit'],
    ['limit=ten', 'limit'],
    ['kind=sms', 'kind'],
    ['cursor=nonsense', 'cursor'],
    ['cursor=WzAsbnVsbF0', 'cursor'],
  ])('answers 400 to ?%s, naming the parameter', async (query, name) => {
    const org = await newOrgWith(SARAH);

    const { status, body } = await org.get(pathOf(org, `?${query}`));

    expect(status).toBe(400);
    expect(body.error.message).toContain(name);
  });

  it('is empty without events, and answers 404 if the contact does not exist', async () => {
    const org = await newOrgWith(SARAH);
    const other = await newOrg();

    expect((await org.get(pathOf(org))).body).toEqual({ items: [], nextCursor: null });
    expect((await org.get(pathOf(org, '', 'nobody@example.com'))).status).toBe(404);
    expect((await other.get(pathOf(org))).status).toBe(404);
  });
});
