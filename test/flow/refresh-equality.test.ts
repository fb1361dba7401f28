import type { ImportedKind } from '#shared/events/kinds.ts';
import { locationKey } from '#shared/scoring/location.ts';
import { newOrg, type TestOrg } from '#test/support/api.ts';
import { seededRandom } from '#test/support/fault-proxy.ts';
import { engagementOf, interestsOf, isNear } from '#test/support/formula.ts';
import { allOf, importEvents, type OwnedEvent, profileOf, refreshAffected } from '#test/support/refreshes.ts';
import { standingRow } from '#test/support/tables.ts';
import { until } from '#test/support/until.ts';

const EMAILS = Array.from({ length: 5 }, (_, nth) => `contact-${nth}@example.com`);
const EVENTS = 300;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const SEGMENTS = [
  ['Openers', { event: { kind: 'email', type: 'opened', atLeast: 2, within: '60d' } }],
  ['Never complained', { not: { event: { kind: 'email', type: 'complained' } } }],
  ['Just now', { event: { kind: 'web', within: '2h' } }],
  ['Keen', { score: { atLeast: 10 } }],
  ['Texans', { locationInterest: { location: 'austin', atLeast: 0.5 } }],
  ['Buyers', { event: { kind: 'web', where: { 'metadata.value': { atLeast: 60 } } } }],
] as const;

const TYPES: Readonly<Record<ImportedKind, readonly string[]>> = {
  email: ['opened', 'clicked', 'bounced', 'complained', 'sent'],
  web: ['page_view', 'conversion', 'form_submit'],
  'location-interests': ['search', 'listing_view'],
  'location-history': ['ip_geolocation', 'gps'],
  track: ['purchased', '__proto__', 'a.b #1 🏙'],
};

/** A deterministic history: some events of the last hour, most of them years old. */
const aHistory = (now: number): OwnedEvent[] => {
  const random = seededRandom(20251115);
  const pick = <T>(options: readonly T[]): T => options[Math.floor(random() * options.length)] as T;
  return Array.from({ length: EVENTS }, (_, nth): OwnedEvent => {
    const kind = pick(Object.keys(TYPES) as ImportedKind[]);
    const isLive = nth < 5 * EMAILS.length;
    const age = isLive ? 60_000 + random() * 40 * 60_000 : 2 * HOUR + random() ** 3 * 3_000 * DAY;
    return {
      email: EMAILS[nth % EMAILS.length] as string,
      kind,
      type: pick(TYPES[kind]),
      // Some events occur at whole seconds and may coincide.
      occurredAt: random() < 0.3 ? Math.floor((now - age) / 1_000) * 1_000 : Math.floor(now - age),
      eventId: `event-${nth}`,
      ...(random() < 0.5 && { metadata: `{"value":${Math.floor(random() * 100)},"nested":{"a":[1,null]}}` }),
      ...(kind.startsWith('location') && { location: pick(['Austin', ' AUSTIN', 'Bonn', 'Łódź', 'łódź']) }),
      ...(kind === 'location-interests' && { strength: Math.round(random() * 100) / 100 }),
    };
  });
};

const shuffled = <T>(list: readonly T[]): T[] => {
  const random = seededRandom(7);
  return list
    .map((one) => [random(), one] as const)
    .sort(([a], [b]) => a - b)
    .map(([, one]) => one);
};

const now = Date.now();
const history = aHistory(now);
const isLive = ({ occurredAt }: OwnedEvent): boolean => occurredAt > now - HOUR;

/** The ways in which the same history may arrive; each includes a refresh of all contacts. */
const WAYS: Readonly<Record<string, (org: TestOrg) => Promise<unknown>>> = {
  'in one go': async (org) => {
    await importEvents(org, history);
    await refreshAffected(org);
  },
  'shuffled, in many batches': async (org) => {
    const events = shuffled(history);
    for (let at = 0; at < events.length; at += 40) await importEvents(org, events.slice(at, at + 40));
    await refreshAffected(org);
  },
  twice: async (org) => {
    await importEvents(org, [...history, ...history.slice(0, 100)]);
    await refreshAffected(org);
    await importEvents(org, history.toReversed());
    await refreshAffected(org);
  },
  'partly live, with no refresh called for': async (org) => {
    await importEvents(
      org,
      history.filter((event) => !isLive(event)),
    );
    await importEvents(org, history.filter(isLive));
  },
};

/** The standing of a contact, with its sums decayed to a common moment. */
const standingOf = async (org: TestOrg, email: string) => {
  const [row, profile] = await Promise.all([standingRow(org, email), profileOf(org, email)]);
  const scoredAt = Number(row?.['scoredAt']?.N);
  const atOneMoment = (sum: number): number => sum * 2 ** ((scoredAt - now) / (30 * DAY));
  return {
    score: atOneMoment(Number(row?.['score']?.S)),
    interests: (JSON.parse(row?.['interests']?.S ?? '[]') as { location: string; sum: number }[]).map(
      ({ location, sum }) => ({ location, score: atOneMoment(sum) }),
    ),
    segments: profile.segments.map(({ name }: { name: string }) => name).toSorted() as string[],
    lastActivityAt: profile.lastActivityAt,
  };
};

/** Whether the standing of a contact agrees with the formulas for its whole history. */
const isComplete = async (org: TestOrg, email: string): Promise<boolean> => {
  const { score, interests } = await standingOf(org, email);
  const own = history.filter((event) => event.email === email);
  const expected = interestsOf(own, now);
  return (
    isNear(score, engagementOf(own, now)) &&
    interests.length === expected.size &&
    interests.every((interest) => isNear(interest.score, expected.get(locationKey(interest.location))))
  );
};

const made = new Map<string, TestOrg>();

beforeAll(async () => {
  for (const [way, arrive] of Object.entries(WAYS)) {
    const org = await newOrg();
    await org.post('/v1/contacts/batch', { contacts: EMAILS.map((email) => ({ email })) });
    await Promise.all(SEGMENTS.map(([name, rule]) => org.post('/v1/segments', { name, rule })));
    await arrive(org);
    made.set(way, org);
  }
}, 60_000);

const orgOf = (way: string): TestOrg => made.get(way) as TestOrg;

describe.each(Object.keys(WAYS))('a history that arrives %s', (way) => {
  it('results in the scores of the formulas for every contact', async () => {
    const org = orgOf(way);

    for (const email of EMAILS) await until(`${email} is complete`, () => isComplete(org, email), 20_000);
  }, 30_000);
});

const [FIRST_WAY = '', ...OTHER_WAYS] = Object.keys(WAYS);

describe.each(OTHER_WAYS)('a history that arrives %s', (way) => {
  it(`results in the same segments, places and last activity as one that arrives ${FIRST_WAY}`, async () => {
    const org = orgOf(way);
    const first = orgOf(FIRST_WAY);

    for (const email of EMAILS) {
      const [mine, other] = await Promise.all([standingOf(org, email), standingOf(first, email)]);
      expect(mine.segments).toEqual(other.segments);
      expect(mine.lastActivityAt).toBe(other.lastActivityAt);
      expect(mine.interests.map(({ location }) => location)).toEqual(
        other.interests.map(({ location }) => location),
      );
    }
  }, 30_000);

  it('results in the same timelines, with each event once', async () => {
    const org = orgOf(way);
    const first = orgOf(FIRST_WAY);

    for (const email of EMAILS) {
      const [{ contactId: mine }, { contactId: other }] = await Promise.all([
        profileOf(org, email),
        profileOf(first, email),
      ]);
      const [timeline, same] = await Promise.all([
        allOf(org, `/v1/contacts/${mine}/activity?limit=25`),
        allOf(first, `/v1/contacts/${other}/activity?limit=200`),
      ]);
      expect(timeline).toHaveLength(EVENTS / EMAILS.length);
      expect(timeline).toEqual(same);
    }
  }, 30_000);
});

describe('the history', () => {
  it('leads to different segments of different contacts', async () => {
    const org = orgOf(FIRST_WAY);

    const standings = await Promise.all(EMAILS.map((email) => standingOf(org, email)));

    const names = new Set(standings.flatMap(({ segments }) => segments));
    expect(names.size).toBeGreaterThan(3);
    expect(standings.some(({ segments }) => segments.length < names.size)).toBe(true);
  });
});
