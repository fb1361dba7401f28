import * as v from 'valibot';

const MINUTE_MS = 60_000;
const UNIT_MS = { m: MINUTE_MS, h: 60 * MINUTE_MS, d: 1_440 * MINUTE_MS, w: 10_080 * MINUTE_MS } as const;

/** Ten years and some days: as far back as history may go, see MAX_AGE_YEARS in shared/events/occurred-at.ts. */
const MAX_DURATION_MS = 3_660 * UNIT_MS.d;

const DURATION = /^[1-9]\d{0,6}[mhdw]$/;

/**
 * Milliseconds that a duration lasts; minutes, hours, days and weeks of fixed length.
 * @param text - what {@link DurationSchema} accepts
 * @returns NaN where the text is not a duration
 */
export const durationMs = (text: string): number =>
  DURATION.test(text)
    ? Number(text.slice(0, -1)) * UNIT_MS[text.slice(-1) as keyof typeof UNIT_MS]
    : Number.NaN;

const INVALID_DURATION = 'must be a duration such as 30d';

/**
 * A duration as text, kept as written: a whole number and m, h, d or w, from 1m to 3660d. Its messages are appended to
 * the path of the field.
 */
export const DurationSchema = v.pipe(
  v.string(INVALID_DURATION),
  v.regex(DURATION, INVALID_DURATION),
  v.check((text) => durationMs(text) <= MAX_DURATION_MS, 'must be a duration from 1m to 3660d'),
);
