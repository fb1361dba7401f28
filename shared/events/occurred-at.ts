import * as v from 'valibot';
import { InstantSchema, MAX_LEAD_MS } from '../time/instant.ts';

/** Older timestamps are taken for malformed ones. Source: product documentation, "Validation Rules". */
export const MAX_AGE_YEARS = 10;

/**
 * The same instant ten calendar years ago. From a 29 February to a year without one it is 28 February,
 * as `Temporal` and `java.time` have it.
 */
export const earliestInstant = (now: number): number => {
  const date = new Date(now);
  const month = date.getUTCMonth();
  date.setUTCFullYear(date.getUTCFullYear() - MAX_AGE_YEARS);
  if (date.getUTCMonth() !== month) date.setUTCDate(0);
  return date.getTime();
};

/**
 * A moment that history may hold: from ten calendar years ago to five minutes ahead, both included.
 * @param now - the moment by which it is judged, ms since 1970
 */
export const OccurredAtSchema = (now: number) =>
  v.pipe(
    InstantSchema('occurredAt'),
    v.maxValue(now + MAX_LEAD_MS, 'occurredAt is in the future'),
    v.minValue(earliestInstant(now), 'occurredAt is more than 10 years in the past'),
  );
