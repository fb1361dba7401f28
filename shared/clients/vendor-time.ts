import { earliestInstant, MAX_AGE_YEARS } from '../events/occurred-at.ts';
import { numberOf } from '../json/lossless-json.ts';
import { MAX_LEAD_MS, parseInstant } from '../time/instant.ts';

/**
 * Unix times below this are seconds, others are milliseconds: as seconds it is the year 5138, as milliseconds 1973. Source:
 * product specification, "What a message becomes".
 */
const FIRST_MS = 1e11;

/** A unix time that is sent as text, as forms and some spreadsheets do. */
const UNIX_TIME = /^-?\d+(?:\.\d+)?$/;

/** The bounds of years of four digits; other moments cannot be printed as ISO 8601. */
const [FIRST_INSTANT, LAST_INSTANT] = [-62_135_596_800_000, 253_402_300_799_999];

/** Milliseconds since 1970, finer fractions truncated; NaN if it is no moment of the years 1 to 9999. */
const ofUnixTime = (time: number): number => {
  // Microseconds are whole numbers of a double, milliseconds are not: 1677906367.001 * 1000 may be less than …367001.
  const ms = Math.floor(Math.abs(time) < FIRST_MS ? Math.round(time * 1e6) / 1e3 : time);
  return ms >= FIRST_INSTANT && ms <= LAST_INSTANT ? ms : Number.NaN;
};

/**
 * Parses a time as the clients of other vendors send it: an ISO 8601 date and time with a zone, or a unix time as a number or as
 * digits, in seconds or milliseconds. A text without a zone is not accepted: it would be the time of an unknown place.
 *
 * @param value - parsed by `parseLossless`
 * @returns milliseconds since 1970, finer fractions truncated; undefined if it is absent (null and empty text included); NaN if it
 * is no such time
 */
export const parseVendorTime = (value: unknown): number | undefined => {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') {
    return UNIX_TIME.test(value) ? ofUnixTime(Number(value)) : parseInstant(value);
  }
  return ofUnixTime(numberOf(value) ?? Number.NaN);
};

/**
 * Why a message of that time is refused, as an event of a batch would be; undefined if it is not.
 *
 * @param at - what {@link parseVendorTime} returned
 * @param receivedAt - when the message arrived, ms since 1970
 * @param field - the field's name, which the reason begins with
 */
export const timeReason = (at: number, receivedAt: number, field: string): string | undefined => {
  if (Number.isNaN(at)) return `${field} is not a valid ISO 8601 timestamp or unix time`;
  if (at > receivedAt + MAX_LEAD_MS) return `${field} is in the future`;
  return at < earliestInstant(receivedAt)
    ? `${field} is more than ${MAX_AGE_YEARS} years in the past`
    : undefined;
};
