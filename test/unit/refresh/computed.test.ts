import fc from 'fast-check';
import { fromEventItem, type StoredEvent, toEventItem } from '#shared/events/event-item.ts';
import type { HistoryEvent } from '#shared/events/kinds.ts';
import { createProfileWriter } from '#shared/profiles/profile.ts';
import { compileDefinitions } from '#shared/refresh/computed.ts';
import { rankOf } from '#shared/scoring/decay.ts';
import { locationKey } from '#shared/scoring/location.ts';
import { scoredBy } from '#shared/scoring/scoring-settings.ts';
import type { Computed } from '#shared/standings/computed.ts';
import { newStandingItem, rankKey } from '#shared/standings/standing-item.ts';
import { NOW, ORG, SARAH_ID } from '#test/support/builders.ts';
import { engagementOf, interestsOf, isNear } from '#test/support/formula.ts';
import { aContact, aSegment, aStanding, SEGMENT_ID, someDefinitions } from '#test/support/refresh-world.ts';

const DAY = 86_400_000;
const TEN_YEARS = 3_652 * DAY;

const DEFINITIONS = someDefinitions(
  aSegment({ id: 'seg_openers', rule: { event: { kind: 'email', type: 'opened', within: '30d' } } }),
  aSegment({ id: 'seg_keen', rule: { score: { atLeast: 3 } } }),
  aSegment({ id: 'seg_texans', rule: { locationInterest: { location: 'AUSTIN', atLeast: 0.5 } } }),
);
const compute = compileDefinitions(DEFINITIONS);

/** Moments of live and of historical events. */
const moments = fc.oneof(
  fc.integer({ min: NOW - 3_600_000, max: NOW + 300_000 }),
  fc.integer({ min: NOW - TEN_YEARS, max: NOW }),
  fc.constantFrom(NOW - DAY, NOW - 30 * DAY, NOW - 30 * DAY - 1),
);
const events: fc.Arbitrary<HistoryEvent> = fc
  .record({
    source: fc.constantFrom(
      ['email', 'opened'],
      ['email', 'complained'],
      ['web', 'conversion'],
      ['web', 'page_view'],
      ['location-interests', 'search'],
      ['location-history', 'ip'],
      ['track', 'purchased'],
      ['profile', 'updated'],
    ) as fc.Arbitrary<readonly [HistoryEvent['kind'], string]>,
    occurredAt: moments,
    eventId: fc.option(fc.constantFrom('1', '2'), { nil: undefined }),
    location: fc.constantFrom('Austin', ' AUSTIN ', 'Bonn', 'Łódź'),
    strength: fc.constantFrom(0, 0.1, 0.8, 1),
  })
  .map(({ source: [kind, type], occurredAt, eventId, location, strength }) => ({
    kind,
    type,
    occurredAt,
    eventId,
    ...(kind.startsWith('location') && { location }),
    ...(kind === 'location-interests' && { strength }),
  }));

/** The rows of the event table after arrivals: the last of each key, in the order of keys. */
const stored = (arrivals: readonly HistoryEvent[]): StoredEvent[] => {
  const rows = new Map<string, StoredEvent>();
  for (const event of arrivals) {
    const row = fromEventItem(toEventItem(ORG, SARAH_ID, event));
    rows.set(row.sk, row);
  }
  return [...rows.values()].sort((a, b) => (a.sk < b.sk ? -1 : 1));
};

async function* pagesOf(
  history: readonly StoredEvent[],
  size: number,
): AsyncGenerator<readonly StoredEvent[]> {
  for (let at = 0; at < history.length; at += size) yield history.slice(at, at + size);
  yield [];
}

const computedOf = (arrivals: readonly HistoryEvent[], size = 7, now = NOW): Promise<Computed> =>
  compute(aContact(), pagesOf(stored(arrivals), size), now);

const profileAt = ({ engagement: { sum, at }, interests, scoredBy }: Computed, moment: number) => {
  const standing = aStanding({ scoredAt: at, scoredBy, score: sum, interests: [...interests] });
  return JSON.parse(createProfileWriter(DEFINITIONS, moment)(aContact(), standing));
};

describe('the result of a history', () => {
  it('equals the formulas at any later moment', async () => {
    const later = fc.oneof(fc.nat({ max: 90 * DAY }), fc.nat({ max: TEN_YEARS }));
    await fc.assert(
      fc.asyncProperty(fc.array(events, { maxLength: 60 }), later, async (arrivals, ms) => {
        const profile = profileAt(await computedOf(arrivals), NOW + ms);

        const history = stored(arrivals);
        const interests = interestsOf(history, NOW + ms);
        expect(isNear(profile.engagementScore, engagementOf(history, NOW + ms))).toBe(true);
        expect(profile.locationInterests).toHaveLength(interests.size);
        for (const { location, score } of profile.locationInterests) {
          expect(isNear(score, interests.get(locationKey(location)))).toBe(true);
        }
        const scores = profile.locationInterests.map(({ score }: { score: number }) => score);
        expect(scores).toEqual(scores.toSorted((a: number, b: number) => b - a));
      }),
    );
  });

  it('is the same for any order of arrival, any duplicates and any pages', async () => {
    const arrivals = fc
      .array(events, { maxLength: 30 })
      .chain((all) =>
        fc.tuple(
          fc.constant(all),
          fc.shuffledSubarray([...all, ...all], { minLength: all.length }),
          fc.integer({ min: 1, max: 9 }),
        ),
      );
    await fc.assert(
      fc.asyncProperty(arrivals, async ([all, someAgain, size]) => {
        const inOneGo = await computedOf(all, 1_000);

        expect(await computedOf([...someAgain, ...all], size)).toEqual(inOneGo);
      }),
    );
  });

  it('at a later moment equals the earlier result after decay, if there were no events in between', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(events, { maxLength: 30 }), fc.nat({ max: TEN_YEARS }), async (all, ms) => {
        const { engagement, lastActivityAt } = await computedOf(all);

        const later = await computedOf(all, 7, NOW + ms);

        const { magnitude } = engagementOf(stored(all), NOW + ms);
        const { engagementScore } = profileAt({ ...later, engagement, interests: [] }, NOW + ms);
        expect(isNear(engagementScore, { score: later.engagement.sum, magnitude })).toBe(true);
        expect(later.lastActivityAt).toBe(lastActivityAt);
      }),
    );
  });

  it('has the time of the newest event as the last activity, and none without events', async () => {
    const at = (occurredAt: number): HistoryEvent => ({ kind: 'email', type: 'sent', occurredAt });

    expect((await computedOf([at(NOW - 1), at(NOW - 9), at(NOW - 5)])).lastActivityAt).toBe(NOW - 1);
    expect((await computedOf([])).lastActivityAt).toBeUndefined();
  });

  it('is that of the history without profile events, which the contact did not do', async () => {
    const updated = fc.record({
      kind: fc.constant('profile' as const),
      type: fc.constant('updated'),
      occurredAt: moments,
      metadata: fc.constantFrom('{"plan":"pro"}', '{"plan":"free"}'),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(events, { maxLength: 20 }),
        fc.array(updated, { maxLength: 5 }),
        async (all, more) => {
          const activity = all.filter(({ kind }) => kind !== 'profile');

          expect(await computedOf([...more, ...all])).toEqual(await computedOf(activity));
        },
      ),
    );
  });

  it('without events has the rank of a new contact, whatever the half-life', async () => {
    const { rank, engagement } = await computedOf([]);

    const created = newStandingItem(ORG, SARAH_ID)['rank']?.S;
    const ranks = [rank, rankOf(engagement, DAY), rankOf({ sum: -0, at: NOW }, DAY)];
    expect(ranks.map((each) => rankKey(each, SARAH_ID))).toEqual([created, created, created]);
  });

  it('contains the settings with which the scores were computed', async () => {
    expect((await computedOf([])).scoredBy).toEqual(scoredBy(DEFINITIONS.scoring));
  });

  it('evaluates rules over attributes', async () => {
    const definitions = someDefinitions(aSegment({ rule: { attribute: { name: 'plan', equals: 'pro' } } }));
    const contact = aContact({ attributes: new Map([['plan', '"pro"']]) });

    const { memberOf } = await compileDefinitions(definitions)(contact, pagesOf([], 1), NOW);

    expect([...memberOf]).toEqual([SEGMENT_ID]);
  });
});
