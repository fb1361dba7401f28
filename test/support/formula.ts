import type { HistoryEvent } from '#shared/events/kinds.ts';
import { locationKey } from '#shared/scoring/location.ts';
import { DEFAULT_SCORING, type ScoringSettings } from '#shared/scoring/scoring-settings.ts';
import { durationMs } from '#shared/time/duration.ts';

/** The fields of an event that the formulas use. */
export type Scored = Pick<HistoryEvent, 'kind' | 'type' | 'occurredAt' | 'location' | 'strength'>;

/** A sum, and the sum of its terms' magnitudes, which scales the tolerated error. */
export interface Expected {
  readonly score: number;
  readonly magnitude: number;
}

const DEFAULT_OF_KIND = {
  email: 0,
  web: 0,
  'location-interests': 1,
  'location-history': 0.2,
  profile: 0,
} as const;

const sumOf = (terms: readonly number[]): Expected => ({
  score: terms.reduce((sum, term) => sum + term, 0),
  magnitude: terms.reduce((sum, term) => sum + Math.abs(term), 0),
});

const termsOf = (
  events: readonly Scored[],
  { weights, track, trackDefault }: Pick<ScoringSettings, 'weights' | 'track' | 'trackDefault'>,
  halfLife: string,
  at: number,
) =>
  events.map(
    ({ kind, type, occurredAt, strength = 1 }) =>
      strength *
      (kind === 'track'
        ? (new Map(Object.entries(track)).get(type) ?? trackDefault)
        : (weights[`${kind}.${type}`] ?? DEFAULT_OF_KIND[kind])) *
      2 ** (-(at - occurredAt) / durationMs(halfLife)),
  );

/** `Σ weight · 2^(−(at − occurredAt) / halfLife)` over email, web and named events, term by term. */
export const engagementOf = (
  events: readonly Scored[],
  at: number,
  settings: ScoringSettings = DEFAULT_SCORING,
): Expected => {
  const scored = events.filter(({ kind }) => kind === 'email' || kind === 'web' || kind === 'track');
  return sumOf(termsOf(scored, settings, settings.halfLives.engagement, at));
};

/** The same formula over location events, by location key. */
export const interestsOf = (
  events: readonly Scored[],
  at: number,
  settings: ScoringSettings = DEFAULT_SCORING,
): ReadonlyMap<string, Expected> => {
  const placed = events.filter(({ location }) => location !== undefined);
  const byPlace = Map.groupBy(placed, ({ location }) => locationKey(location as string));
  return new Map(
    Array.from(byPlace, ([key, ofPlace]) => [
      key,
      sumOf(termsOf(ofPlace, settings, settings.halfLives.locationInterest, at)),
    ]),
  );
};

/** Whether a score equals the expected one, except for rounding. */
export const isNear = (score: number, expected: Expected | undefined): boolean =>
  expected !== undefined && Math.abs(score - expected.score) <= 1e-9 * expected.magnitude;
