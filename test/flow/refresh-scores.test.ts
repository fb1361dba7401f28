import { caller, importSample, SAMPLES } from '#local/seed.ts';
import { locationKey } from '#shared/scoring/location.ts';
import { newOrg, testStack } from '#test/support/api.ts';
import { SARAH } from '#test/support/builders.ts';
import { engagementOf, interestsOf, isNear, type Scored } from '#test/support/formula.ts';
import { newOrgWith } from '#test/support/imports.ts';
import {
  importEvents,
  type OwnedEvent,
  profileOf,
  REFRESH,
  refreshAffected,
  refreshContacts,
  sendToWorkers,
  settled,
  versionOf,
} from '#test/support/refreshes.ts';
import { standingRow } from '#test/support/tables.ts';
import { until } from '#test/support/until.ts';

const JAMES = 'james@example.com';
const DAY = 86_400_000;

/** The events of the documentation's example that affect Sarah's scores. */
const at = Date.parse;
const OF_SARAH: readonly Scored[] = [
  { kind: 'email', type: 'opened', occurredAt: at('2025-11-15T10:30:00Z') },
  { kind: 'email', type: 'clicked', occurredAt: at('2025-11-15T10:31:22Z') },
  { kind: 'web', type: 'page_view', occurredAt: at('2025-12-01T14:22:00Z') },
  { kind: 'web', type: 'conversion', occurredAt: at('2025-12-01T14:25:00Z') },
  {
    kind: 'location-interests',
    type: 'search',
    occurredAt: at('2025-12-10T16:00:00Z'),
    location: 'Austin, TX',
    strength: 0.8,
  },
  {
    kind: 'location-interests',
    type: 'listing_view',
    occurredAt: at('2025-11-20T12:30:00Z'),
    location: 'Denver, CO',
    strength: 0.5,
  },
  {
    kind: 'location-history',
    type: 'ip_geolocation',
    occurredAt: at('2025-12-05T09:00:00Z'),
    location: 'Austin, TX',
  },
];

const opened = (email: string, ms: number): OwnedEvent => ({
  email,
  kind: 'email',
  type: 'opened',
  occurredAt: Date.now() - ms,
});

/** The stored scores of a contact, at the moment of its refresh. */
const storedOf = async (org: { orgId: string }, email: string) => {
  const row = await standingRow(org, email);
  return {
    scoredAt: Number(row?.['scoredAt']?.N),
    score: Number(row?.['score']?.S),
    interests: JSON.parse(row?.['interests']?.S ?? '[]') as { location: string; sum: number }[],
  };
};

describe('a refresh after an import', () => {
  it('computes the scores of the formulas for the contacts of the documentation', async () => {
    const org = await newOrg();
    for (const sample of SAMPLES) await importSample(caller(testStack().apiUrl, org.apiKey), sample);

    const progress = await refreshAffected(org);
    const [before, sarah, after] = [Date.now(), await profileOf(org, SARAH), Date.now()];
    const james = await profileOf(org, JAMES);

    expect(progress).toMatchObject({ status: 'completed', total: 2, done: 2, failed: 0 });
    const stored = await storedOf(org, SARAH);
    expect(isNear(stored.score, engagementOf(OF_SARAH, stored.scoredAt))).toBe(true);
    const expected = interestsOf(OF_SARAH, stored.scoredAt);
    expect(stored.interests.map(({ location }) => location)).toEqual(['Austin, TX', 'Denver, CO']);
    for (const { location, sum } of stored.interests) {
      expect(isNear(sum, expected.get(locationKey(location)))).toBe(true);
    }
    // The score has decayed between the refresh and the read.
    expect(sarah.engagementScore).toBeLessThanOrEqual(engagementOf(OF_SARAH, before).score * (1 + 1e-9));
    expect(sarah.engagementScore).toBeGreaterThanOrEqual(engagementOf(OF_SARAH, after).score * (1 - 1e-9));
    expect(sarah).toMatchObject({
      scoredAt: new Date(stored.scoredAt).toISOString(),
      lastActivityAt: '2025-12-10T16:00:00.000Z',
      locationInterests: [{ location: 'Austin, TX' }, { location: 'Denver, CO' }],
    });
    expect(james).toMatchObject({ lastActivityAt: '2025-11-30T11:00:00.000Z' });
    expect(james.locationInterests).toMatchObject([{ location: 'Chicago, IL' }]);
  }, 30_000);

  it('combines different spellings of a place under the latest one, highest score first', async () => {
    const org = await newOrgWith(SARAH);
    const placed = (location: string, days: number, strength?: number): OwnedEvent => ({
      email: SARAH,
      kind: strength === undefined ? 'location-history' : 'location-interests',
      type: strength === undefined ? 'ip_geolocation' : 'search',
      occurredAt: Date.now() - days * DAY,
      location,
      ...(strength !== undefined && { strength }),
    });
    const events = [
      placed('Denver, CO', 2, 0.9),
      placed('AUSTIN,  tx', 4, 0.5),
      placed(' austin, TX', 3, 0.5),
      placed('Austin,\tTX', 9),
      placed('BONN', 5),
      placed('Straße', 6, 0.1),
      placed('STRASSE', 7, 0.01),
    ];
    await importEvents(org, events);

    await refreshContacts(org, [SARAH]);

    const { locationInterests } = await profileOf(org, SARAH);
    expect(locationInterests.map(({ location }: { location: string }) => location)).toEqual([
      ' austin, TX',
      'Denver, CO',
      'BONN',
      'Straße',
    ]);
    const { interests, scoredAt } = await storedOf(org, SARAH);
    const expected = interestsOf(events, scoredAt);
    for (const { location, sum } of interests) {
      expect(isNear(sum, expected.get(locationKey(location)))).toBe(true);
    }
  }, 30_000);
});

describe('a refresh of affected contacts', () => {
  it('takes a contact of several imports once, then none, and then only contacts of later imports', async () => {
    const org = await newOrgWith(SARAH, JAMES);
    await importEvents(org, [opened(SARAH, DAY), opened(SARAH, 2 * DAY)]);
    await importEvents(org, [opened(SARAH, 3 * DAY), opened(JAMES, DAY)]);

    const first = await org.post(REFRESH, { affected: true });
    const second = await org.post(REFRESH, { affected: true });
    await importEvents(org, [opened(JAMES, 4 * DAY)]);
    const third = await org.post(REFRESH, { affected: true });

    expect([first, second, third].map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(first.body).toMatchObject({ accepted: 2, notFound: [], moreAffected: false });
    expect(second.body).toMatchObject({ accepted: 0, notFound: [], moreAffected: false });
    expect(third.body).toMatchObject({ accepted: 1, notFound: [], moreAffected: false });
    const settledOnes = [];
    for (const { body } of [first, second, third]) settledOnes.push(await settled(org, body.refreshId));
    expect(settledOnes).toMatchObject([
      { status: 'completed', total: 2, done: 2 },
      { status: 'completed', total: 0, done: 0 },
      { status: 'completed', total: 1, done: 1 },
    ]);
    expect(await versionOf(org, SARAH)).toBe(1);
    expect(await versionOf(org, JAMES)).toBe(2);
  }, 30_000);

  it('of an organisation without imports is completed immediately', async () => {
    const org = await newOrg();

    expect(await refreshAffected(org)).toMatchObject({ status: 'completed', total: 0, done: 0, failed: 0 });
  }, 30_000);
});

describe('a refresh of contacts by id', () => {
  it('completes for a thousand in one call', async () => {
    const emails = Array.from({ length: 1_000 }, (_, nth) => `contact-${nth}@example.com`);
    const org = await newOrgWith(...emails);
    await importEvents(
      org,
      emails.map((email) => opened(email, DAY)),
    );

    const progress = await refreshContacts(org, emails);

    expect(progress).toMatchObject({ status: 'completed', total: 1_000, done: 1_000, failed: 0 });
    const { body } = await org.get('/v1/contacts?limit=200');
    expect(body.items).toHaveLength(200);
    for (const { engagementScore } of body.items) expect(engagementScore).toBeCloseTo(2 ** (-1 / 30), 4);
  }, 60_000);

  it('does not change progress or scores when its message is delivered again', async () => {
    const org = await newOrgWith(SARAH, JAMES);
    await importEvents(org, [opened(SARAH, DAY), opened(JAMES, 2 * DAY)]);
    const { contactId: sarahId } = await profileOf(org, SARAH);
    const { contactId: jamesId } = await profileOf(org, JAMES);
    const { body } = await org.post(REFRESH, { contactIds: [sarahId, jamesId] });
    const progress = await settled(org, body.refreshId);
    const scores = async () =>
      Promise.all(
        [SARAH, JAMES].map(async (email) => {
          const { score, scoredAt } = await storedOf(org, email);
          return score * 2 ** ((scoredAt - Date.UTC(2026, 0)) / (30 * DAY));
        }),
      );
    const [sarah = 0, james = 0] = await scores();

    await sendToWorkers({
      orgId: org.orgId,
      contactIds: [sarahId, jamesId],
      reason: 'job',
      consistent: false,
      job: { id: body.refreshId, page: 0, chunk: 0 },
    });
    await until('James is refreshed again', async () => (await versionOf(org, JAMES)) === 2);
    await until('Sarah is refreshed again', async () => (await versionOf(org, SARAH)) === 2);

    expect(progress).toMatchObject({ status: 'completed', total: 2, done: 2 });
    expect((await org.get(`${REFRESH}/${body.refreshId}`)).body).toEqual(progress);
    expect(await scores()).toEqual([expect.closeTo(sarah, 9), expect.closeTo(james, 9)]);
  }, 30_000);
});
