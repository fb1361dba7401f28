import { scoreOf } from '../events/event-type.ts';
import type { HistoryEvent } from '../events/kinds.ts';
import { addTerm, type DecayedSum, type DecayingTotal, emptyTotal, settle } from './decay.ts';
import { locationKey } from './location.ts';
import type { Scoring } from './scoring-settings.ts';

/** Folding a location costs ten times a look-up, and histories name few of them; what is kept must end somewhere. */
const MAX_SPELLINGS = 10_000;

/** How much a contact is drawn to a place. */
export interface LocationInterest extends DecayedSum {
  /** What makes it this place; see {@link locationKey}. */
  readonly key: string;
  /** The spelling that occurred last; of several in that millisecond the first by code units. */
  readonly location: string;
}

/** What a history comes to. */
export interface Scores {
  readonly engagement: DecayedSum;
  /** Every place of the history, highest first, then by key. */
  readonly interests: readonly LocationInterest[];
}

/** One pass over a contact's history. Memory grows with the number of places, not of events. */
export interface Tally {
  /** Takes one event; any order gives the same result, up to the last bits. */
  add(event: HistoryEvent): void;
  /**
   * The scores at a moment; events may still be added afterwards.
   * @param now - ms since 1970
   */
  end(now: number): Scores;
}

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
 * Begins a tally: `engagementScore` of the kinds that add to it, interest in locations of those that add to that.
 * Source of the formulas: product specification, "Scores".
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
