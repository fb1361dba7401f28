import * as v from 'valibot';
import { InstantSchema, MAX_LEAD_MS } from '../time/instant.ts';

/**
 * The maximum age of an event; older timestamps are considered malformed. Source: product documentation, "Validation
 * Rules".
 */
export const MAX_AGE_YEARS = 10;

/**
 * The same instant ten calendar years ago. A 29 February becomes 28 February in a year without one, as in `Temporal`
 * and `java.time`.
 * @param now - ms since 1970
 * @returns ms since 1970
 */
export const earliestInstant = (now: number): number => {
  const date = new Date(now);
  const month = date.getUTCMonth();
  date.setUTCFullYear(date.getUTCFullYear() - MAX_AGE_YEARS);
  if (date.getUTCMonth() !== month) date.setUTCDate(0);
  return date.getTime();
};

const DESCRIPTION =
  `When the event occurred: ISO 8601 date and time with a zone, at most ${MAX_AGE_YEARS} years in the past and ` +
  `${MAX_LEAD_MS / 60_000} minutes in the future. It is kept to the millisecond.`;

/**
 * A schema of the time of an event: from ten calendar years ago to five minutes ahead, both included.
 * @param now - the moment against which it is validated, ms since 1970
 */
export const OccurredAtSchema = (now: number) =>
  v.pipe(
    InstantSchema('occurredAt', DESCRIPTION),
    v.maxValue(now + MAX_LEAD_MS, 'occurredAt is in the future'),
    v.minValue(earliestInstant(now), 'occurredAt is more than 10 years in the past'),
  );
