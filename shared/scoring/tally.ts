import { scoreOf } from '../events/event-type.ts';
import type { HistoryEvent } from '../events/kinds.ts';
import { addTerm, type DecayedSum, type DecayingTotal, emptyTotal, settle } from './decay.ts';
import { locationKey } from './location.ts';
import type { Scoring } from './scoring-settings.ts';

/**
 * The maximum size of the cache of spellings. Folding a location costs ten times a look-up, and histories contain few
 * spellings; the limit bounds the memory.
 */
const MAX_SPELLINGS = 10_000;

/** A contact's interest in a location. */
export interface LocationInterest extends DecayedSum {
  /** The {@link locationKey} of all its spellings. */
  readonly key: string;
  /** The spelling that occurred last; of several in the same millisecond, the first by code units. */
  readonly location: string;
}

/** The scores of a history. */
export interface Scores {
  readonly engagement: DecayedSum;
  /** The interest in each location of the history, highest first, then by key. */
  readonly interests: readonly LocationInterest[];
}

/** One pass over a contact's history. Its memory grows with the number of locations, not of events. */
export interface Tally {
  /** Adds one event. The order of events affects only the last bits of the result. */
  add(event: HistoryEvent): void;
  /**
   * The scores at a moment; events may still be added afterwards.
   * @param now - ms since 1970
   */
  end(now: number): Scores;
}

/** A location under construction. */
interface Place {
  readonly key: string;
  readonly total: DecayingTotal;
  location: string;
  namedAt: number;
}

const byInterest = (a: LocationInterest, b: LocationInterest): number => {
  if (a.sum !== b.sum) return b.sum - a.sum;
  return a.key < b.key ? -1 : 1;
};

/**
 * Creates a tally of the engagement and the interests in locations; each kind of events contributes to one of them or
 * to none. Source of the formulas: product specification, "Scores".
 */
export const createTally = (scoring: Scoring): Tally => {
  const { engagementHalfLifeMs, locationInterestHalfLifeMs } = scoring;
  const engagement = emptyTotal();
  const places = new Map<string, Place>();
  const placeOfSpelling = new Map<string, Place>();

  const placeOf = (location: string): Place => {
    const known = placeOfSpelling.get(location);
    if (known !== undefined) return known;
    const key = locationKey(location);
    let place = places.get(key);
    if (place === undefined) {
      place = { key, total: emptyTotal(), location, namedAt: Number.NEGATIVE_INFINITY };
      places.set(key, place);
    }
    if (placeOfSpelling.size >= MAX_SPELLINGS) placeOfSpelling.clear();
    placeOfSpelling.set(location, place);
    return place;
  };

  const addToPlace = (location: string, weight: number, occurredAt: number): void => {
    const place = placeOf(location);
    if (occurredAt > place.namedAt || (occurredAt === place.namedAt && location < place.location)) {
      place.location = location;
      place.namedAt = occurredAt;
    }
    addTerm(place.total, locationInterestHalfLifeMs, weight, occurredAt);
  };

  return {
    add({ kind, type, occurredAt, location, strength = 1 }) {
      const score = scoreOf(kind);
      if (score === 'none') return;
      const weight = scoring.weightOf(kind, type);
      if (score === 'engagement') addTerm(engagement, engagementHalfLifeMs, weight, occurredAt);
      else if (location !== undefined) addToPlace(location, weight * strength, occurredAt);
    },
    end(now) {
      const interests = Array.from(places.values(), ({ key, location, total }) => ({
        key,
        location,
        ...settle(total, locationInterestHalfLifeMs, now),
      }));
      return {
        engagement: settle(engagement, engagementHalfLifeMs, now),
        interests: interests.sort(byInterest),
      };
    },
  };
};
