import { budgetOf } from '#shared/aws/retry.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { toEventItem } from '#shared/events/event-item.ts';
import { createEventWriter } from '#shared/events/event-store.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import { countedTotals, untilCounted } from '#test/support/analytics.ts';
import type { TestOrg } from '#test/support/api.ts';
import { aNamedEvent, SARAH } from '#test/support/builders.ts';
import { EVENT_IMPORTS, importEntries, instant, newOrgWith } from '#test/support/imports.ts';
import {
  createSegment,
  importEvents,
  type OwnedEvent,
  profileOf,
  refreshAffected,
  refreshContacts,
  segmentNames,
  settled,
} from '#test/support/refreshes.ts';
import { eventRows, stackDynamo, tableName } from '#test/support/tables.ts';

const TRACK = EVENT_IMPORTS[4];
const JAMES = 'james@example.com';
const DAY = 86_400_000;

/** Names with the separators of keys, with characters of four bytes, and those of properties that all objects have. */
const NAMES = [
  'purchased',
  'Dashboard Loaded',
  'a#b.c|d',
  '\u0000\n',
  '🏙'.repeat(128),
  '__proto__',
  'constructor',
];

const named = (email: string, type: string, days: number, metadata?: string): OwnedEvent => ({
  email,
  kind: 'track',
  type,
  occurredAt: Date.now() - days * DAY,
  ...(metadata !== undefined && { metadata }),
});

const timelineOf = async ({ orgId, get }: TestOrg, query = '') =>
  (await get(`/v1/contacts/${contactIdOf(orgId, SARAH)}/activity${query}`)).body.items;

describe('named events', () => {
  it('have a receipt, and stand in the timeline as they were sent', async () => {
    const org = await newOrgWith(SARAH);
    const events = NAMES.map((name, nth) => ({
      name,
      occurredAt: instant(nth * 1_000, Date.parse('2025-11-30T08:00:00Z')),
      metadata: { nth },
    }));

    const { status, body, headers } = await importEntries(org, TRACK, [
      ...events.map((fields) => aNamedEvent(fields)),
      aNamedEvent({ name: '' }),
      aNamedEvent({ contactEmail: 'nobody@example.com' }),
    ]);

    expect([status, body]).toEqual([
      200,
      {
        imported: NAMES.length,
        skipped: 2,
        errors: [
          {
            index: NAMES.length,
            contactEmail: SARAH,
            reason: 'name must be a string of 1 to 128 characters',
          },
          { index: NAMES.length + 1, contactEmail: 'nobody@example.com', reason: 'Contact not found' },
        ],
      },
    ]);
    expect((await org.get(`/v1/imports/${headers.get('x-import-id')}`)).body).toMatchObject({
      endpoint: 'events/track',
      state: 'completed',
      imported: NAMES.length,
      reasons: { 'name must be a string of 1 to 128 characters': 1, 'Contact not found': 1 },
    });
    const expected = events.map(({ name, occurredAt, metadata }) => ({
      kind: 'track',
      type: name,
      occurredAt,
      metadata,
    }));
    expect(await timelineOf(org, '?kind=track')).toEqual(expected.toReversed());
    expect(await timelineOf(org, '?kind=web')).toEqual([]);
  });

  it('of different names and eventIds are different events, wherever their line breaks are', async () => {
    const org = await newOrgWith(SARAH);
    const entries = [
      aNamedEvent({ name: 'a', eventId: 'b\nid\nc' }),
      aNamedEvent({ name: 'a\nid\nb', eventId: 'c' }),
    ];

    await importEntries(org, TRACK, [...entries, ...entries]);

    expect(await eventRows(org, SARAH)).toHaveLength(2);
  });

  it('are scored by name, and by the weight of all other names', async () => {
    const org = await newOrgWith(SARAH, JAMES);
    await importEvents(org, [
      named(SARAH, 'purchased', 0),
      named(SARAH, '__proto__', 0),
      named(JAMES, 'visited', 0),
    ]);
    await refreshAffected(org);
    const scores = async () =>
      Promise.all(
        [SARAH, JAMES].map(async (email) => Math.round((await profileOf(org, email)).engagementScore)),
      );
    const before = await scores();

    const { status, body } = await org.send('/v1/scoring', {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{"track":{"purchased":10,"__proto__":20},"trackDefault":-4}',
    });
    await settled(org, body.refreshId);

    expect(status).toBe(200);
    expect([before, await scores()]).toEqual([
      [2, 1],
      [30, -4],
    ]);
    const { text } = await org.get('/v1/scoring');
    expect(text).toContain('"track":{"purchased":10,"__proto__":20},"trackDefault":-4');
  }, 30_000);

  it('decide on segments by name, count, time and metadata', async () => {
    const org = await newOrgWith(SARAH, JAMES);
    await importEvents(org, [
      named(SARAH, 'purchased', 1, '{"value":129.99}'),
      named(SARAH, 'purchased', 40, '{"value":5}'),
      named(JAMES, 'Purchased', 2),
    ]);
    const rules = {
      any: {},
      buyers: { type: 'purchased' },
      twice: { type: 'purchased', atLeast: 2 },
      twiceOfLate: { type: 'purchased', atLeast: 2, within: '30d' },
      large: { type: 'purchased', where: { value: { atLeast: 100 } } },
      otherCase: { type: 'Purchased' },
    };

    for (const [name, rule] of Object.entries(rules)) {
      await createSegment(org, name, { event: { kind: 'track', ...rule } });
    }

    expect(await segmentNames(org, SARAH)).toEqual(['any', 'buyers', 'large', 'twice']);
    expect(await segmentNames(org, JAMES)).toEqual(['any', 'otherCase']);
  }, 60_000);
});

describe('events of the kind profile', () => {
  it('stand in timelines and decide on segments that ask for them, but are neither charted nor activity', async () => {
    const org = await newOrgWith(SARAH);
    const contactId = contactIdOf(org.orgId, SARAH);
    const [before, after] = [Date.now() - 2 * DAY, Date.now() - DAY];
    const updated = {
      kind: 'profile',
      type: 'updated',
      occurredAt: after,
      metadata: '{"plan":"pro"}',
    } as const;
    const events = createEventWriter(stackDynamo(), tableName(OUTPUT.eventsTable));
    const left = await events.put([toEventItem(org.orgId, contactId, updated)], { budget: budgetOf(10_000) });
    // Counted after the change: once it is counted, the change has been processed.
    await importEvents(org, [{ email: SARAH, kind: 'track', type: 'purchased', occurredAt: before }]);
    await untilCounted(org);
    await refreshContacts(org, [SARAH]);
    await createSegment(org, 'changed', { event: { kind: 'profile', type: 'updated', within: '7d' } });
    await createSegment(org, 'to free', { event: { kind: 'profile', where: { plan: { equals: 'free' } } } });

    const profile = await profileOf(org, SARAH);

    expect(left).toEqual([]);
    const activity = {
      kind: 'profile',
      type: 'updated',
      occurredAt: new Date(after).toISOString(),
      metadata: { plan: 'pro' },
    };
    expect(await timelineOf(org, '?kind=profile')).toEqual([activity]);
    expect(await timelineOf(org)).toMatchObject([activity, { kind: 'track', type: 'purchased' }]);
    expect(await segmentNames(org, SARAH)).toEqual(['changed']);
    expect(profile.lastActivityAt).toBe(new Date(before).toISOString());
    expect(Math.round(profile.engagementScore)).toBe(1);
    expect(await countedTotals(org)).toMatchObject({ email: {}, web: {}, track: { purchased: 1 } });
    expect((await org.get('/v1/analytics/profile?from=2025-01-01&to=2025-01-02')).status).toBe(404);
  }, 60_000);

  it('have no batch endpoint', async () => {
    const org = await newOrgWith(SARAH);

    const { status } = await org.post('/v1/events/profile/batch', { events: [] });

    expect(status).toBe(404);
  });
});
