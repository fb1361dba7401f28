import * as v from 'valibot';

const MINUTE_MS = 60_000;
const UNIT_MS = { m: MINUTE_MS, h: 60 * MINUTE_MS, d: 1_440 * MINUTE_MS, w: 10_080 * MINUTE_MS } as const;

/** Slightly over ten years, the maximum age of an event; see MAX_AGE_YEARS in shared/events/occurred-at.ts. */
const MAX_DURATION_MS = 3_660 * UNIT_MS.d;

/** The form of a duration. */
export const DURATION = /^[1-9]\d{0,6}[mhdw]$/;

/**
 * The length of a duration; minutes, hours, days and weeks have fixed lengths.
 * @param text - a duration that {@link DurationSchema} accepts
 * @returns milliseconds; NaN if the text is not a duration
 */
export const durationMs = (text: string): number =>
  DURATION.test(text)
    ? Number(text.slice(0, -1)) * UNIT_MS[text.slice(-1) as keyof typeof UNIT_MS]
    : Number.NaN;

const INVALID_DURATION = 'must be a duration such as 30d';

/**
 * A duration as text, kept as written: a whole number followed by m, h, d or w, from 1m to 3660d. Its messages follow
 * the path of the field.
 */
export const DurationSchema = v.pipe(
  v.string(INVALID_DURATION),
  v.description('A whole number of minutes, hours, days or weeks, from 1m to 3660d'),
  v.examples(['12h', '30d']),
  v.regex(DURATION, INVALID_DURATION),
  v.check((text) => durationMs(text) <= MAX_DURATION_MS, 'must be a duration from 1m to 3660d'),
);
