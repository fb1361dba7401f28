import fc from 'fast-check';
import * as v from 'valibot';
import { scoreOf, typesOf } from '#shared/events/event-type.ts';
import { type HistoryEvent, KINDS } from '#shared/events/kinds.ts';
import { locationKey } from '#shared/scoring/location.ts';
import { compileScoring, DEFAULT_SCORING, ScoringSettingsSchema } from '#shared/scoring/scoring-settings.ts';
import { createTally, type Scores } from '#shared/scoring/tally.ts';

const NOW = Date.UTC(2026, 0, 12);
const DAY = 86_400_000;
/** Subnormal doubles do not have nine significant digits. */
const SMALLEST = 1e-300;

const tallied = (events: readonly HistoryEvent[], settings = DEFAULT_SCORING, now = NOW): Scores => {
  const tally = createTally(compileScoring(settings));
  for (const event of events) tally.add(event);
  return tally.end(now);
};

const interest = (location: string, fields: Partial<HistoryEvent> = {}): HistoryEvent => ({
  kind: 'location-interests',
  type: 'search',
  occurredAt: NOW,
  strength: 1,
  location,
  ...fields,
});

describe('engagement', () => {
  it('is the decayed sum of the weights of email and web events', () => {
    const { engagement, interests } = tallied([
      { kind: 'email', type: 'clicked', occurredAt: NOW },
      { kind: 'web', type: 'conversion', occurredAt: NOW - 30 * DAY },
      { kind: 'email', type: 'unsubscribed', occurredAt: NOW - 60 * DAY },
      { kind: 'email', type: 'delivered', occurredAt: NOW },
    ]);

    expect(engagement.at).toBe(NOW);
    expect(engagement.sum).toBeCloseTo(3 + 5 - 2.5, 12);
    expect(interests).toEqual([]);
  });

  it('is zero without events, and ignores location events', () => {
    expect(tallied([interest('Austin')]).engagement).toEqual({ sum: 0, at: NOW });
  });
});

describe('interest in locations', () => {
  it('adds strengths of signals and weights of observations, highest first', () => {
    const { interests } = tallied([
      interest('Denver, CO', { strength: 0.5 }),
      interest('Austin, TX', { strength: 0.8, occurredAt: NOW - 30 * DAY }),
      { kind: 'location-history', type: 'ip_geolocation', occurredAt: NOW, location: 'austin,  tx' },
    ]);

    expect(interests.map(({ location, sum }) => [location, Number(sum.toFixed(9))])).toEqual([
      ['austin,  tx', 0.6],
      ['Denver, CO', 0.5],
    ]);
  });

  it('uses the weights and the half-life of the organisation', () => {
    const settings = v.parse(ScoringSettingsSchema, {
      halfLives: { locationInterest: '1d' },
      weights: { 'location-interests.search': 4, 'location-history.form': -1 },
    });

    const { interests } = tallied(
      [
        interest('Austin', { occurredAt: NOW - 2 * DAY }),
        { kind: 'location-history', type: 'form', occurredAt: NOW - DAY, location: 'Boston' },
      ],
      settings,
    );

    expect(interests.map(({ location, sum }) => [location, Number(sum.toFixed(9))])).toEqual([
      ['Austin', 1],
      ['Boston', -0.5],
    ]);
  });

  it('has the latest spelling of a place, and a deterministic one if several have the same time', () => {
    const spellings = [
      interest('AUSTIN', { occurredAt: NOW - 1 }),
      interest('austin'),
      interest('Austin'),
      interest(' Austin', { occurredAt: NOW - 2 }),
    ];

    const names = [spellings, spellings.toReversed()].map((events) => tallied(events).interests[0]?.location);

    expect(names).toEqual(['Austin', 'Austin']);
  });

  it('lists places with equal scores by key', () => {
    const { interests } = tallied(['b', 'C', 'a'].map((location) => interest(location)));

    expect(interests.map(({ key }) => key)).toEqual(['a', 'b', 'c']);
  });

  it('is right for more spellings than are cached', () => {
    const events = Array.from({ length: 25_000 }, (_, at) =>
      interest(`${' '.repeat(at % 12_500)}x`, { strength: 1 }),
    );

    const { interests } = tallied(events);

    expect(interests.map(({ key, sum }) => [key, Number(sum.toFixed(6))])).toEqual([['x', 25_000]]);
  });
});

describe('any order, split or repetition of events', () => {
  const events = fc.array(
    fc.constantFrom(...KINDS).chain((kind) =>
      fc.record({
        kind: fc.constant(kind),
        type: fc.constantFrom(...(typesOf(kind) ?? ['search', 'listing_view'])),
        occurredAt: fc.integer({ min: NOW - 400 * DAY, max: NOW + 300_000 }),
        location: kind.startsWith('loc')
          ? fc.constantFrom('Austin', 'AUSTIN ', 'Bonn', 'bonn')
          : fc.constant(undefined),
        strength:
          kind === 'location-interests' ? fc.double({ min: 0, max: 1, noNaN: true }) : fc.constant(undefined),
      }),
    ),
    { maxLength: 40 },
  );
  const weightOf = ({ kind, type, strength }: HistoryEvent): number =>
    kind === 'location-interests'
      ? (strength as number) * (type === 'search' ? 2 : 1)
      : kind === 'location-history'
        ? 0.2
        : kind === 'track'
          ? type === 'search'
            ? 3
            : -0.5
          : (DEFAULT_SCORING.weights[`${kind}.${type}`] as number);
  const settings = v.parse(ScoringSettingsSchema, {
    halfLives: { engagement: '1d', locationInterest: '90d' },
    weights: { 'location-interests.search': 2 },
    track: { search: 3 },
    trackDefault: -0.5,
  });
  const expectSum = (actual: number, of: readonly HistoryEvent[], halfLife: number, now: number): void => {
    const parts = of.map((event) => weightOf(event) * 2 ** ((event.occurredAt - now) / halfLife));
    const magnitude = parts.reduce((sum, part) => sum + Math.abs(part), 0);
    const expected = parts.reduce((sum, part) => sum + part, 0);
    expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-9 * magnitude + SMALLEST);
  };

  it('has the result of the formula, at any time', () => {
    const histories = events.chain((once) =>
      fc.shuffledSubarray([...once, ...once.slice(0, 5)], {
        minLength: once.length + Math.min(5, once.length),
      }),
    );
    fc.assert(
      fc.property(histories, fc.integer({ min: 0, max: 300 * DAY }), (history, wait) => {
        const now = NOW + wait;

        const { engagement, interests } = tallied(history, settings, now);

        const scored = history.filter(({ kind }) => scoreOf(kind) === 'engagement');
        expectSum(engagement.sum, scored, DAY, now);
        const placed = history.filter(({ location }) => location !== undefined);
        const byKey = Map.groupBy(placed, ({ location }) => locationKey(location as string));
        expect(interests.map(({ key }) => key).sort()).toEqual([...byKey.keys()].sort());
        for (const { key, sum } of interests) expectSum(sum, byKey.get(key) ?? [], 90 * DAY, now);
        expect(interests.map(({ sum }) => sum)).toEqual(
          interests.map(({ sum }) => sum).sort((a, b) => b - a),
        );
      }),
    );
  });
});
