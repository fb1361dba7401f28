import * as v from 'valibot';
import { documented, type JsonSchema } from '../json/documented.ts';

/**
 * How far a timestamp may lie in the future, in ms: clocks drift, but a timestamp beyond this is wrong. Source: product
 * documentation, "Validation Rules".
 */
export const MAX_LEAD_MS = 5 * 60_000;

/** 0001-01-01T00:00Z: earlier moments have no four-digit year. */
const FIRST_INSTANT = -62_135_596_800_000;

/** A date, a time of at least hours and minutes, and a zone: `Z`, `±hh:mm`, `±hhmm` or `±hh`. */
const ISO_8601 =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?:Z|([+-])(\d\d)(?::?(\d\d))?)$/;

/**
 * The JSON Schema of such a text. The format leads generated clients to a type for timestamps; the pattern is exact
 * except for dates and times that do not exist: RFC 3339, which the format means, has neither short zones nor minutes
 * without seconds.
 */
export const INSTANT_TEXT: JsonSchema = { type: 'string', format: 'date-time', pattern: ISO_8601.source };

/** The most common form. */
const PLAIN = /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{3})?Z$/;

/** The last day that was parsed: most timestamps of a batch lie on a few days. */
let lastParsed = { date: '1970-01-01', start: 0 };

const startOf = (date: string): number => {
  if (date !== lastParsed.date) {
    const start = Date.parse(date);
    const exists = new Date(start).getUTCDate() === Number(date.slice(8));
    lastParsed = { date, start: exists && start >= FIRST_INSTANT ? start : Number.NaN };
  }
  return lastParsed.start;
};

const digit = (text: string, at: number): number => text.charCodeAt(at) - 48;
const twoDigits = (text: string, at: number): number => digit(text, at) * 10 + digit(text, at + 1);

const parsePlain = (text: string): number => {
  const minutes = twoDigits(text, 11) * 60 + twoDigits(text, 14);
  const ms = text.length === 20 ? 0 : digit(text, 20) * 100 + twoDigits(text, 21);
  return startOf(text.slice(0, 10)) + (minutes * 60 + twoDigits(text, 17)) * 1_000 + ms;
};

/**
 * Parses an ISO 8601 date and time with a zone.
 *
 * @returns milliseconds since 1970, finer fractions truncated; NaN if the text is not such a timestamp or the date does
 * not exist
 */
export const parseInstant = (text: string): number => {
  if (PLAIN.test(text)) return parsePlain(text);
  const match = ISO_8601.exec(text);
  if (match === null) return Number.NaN;
  const [
    ,
    year,
    month,
    day,
    hour,
    minute,
    second = '0',
    fraction = '',
    sign,
    zoneHour = '0',
    zoneMinute = '0',
  ] = match;
  const [h, m, s] = [Number(hour), Number(minute), Number(second)];
  const [zh, zm] = [Number(zoneHour), Number(zoneMinute)];
  if (h > 23 || m > 59 || s > 59 || zh > 23 || zm > 59) return Number.NaN;
  const date = new Date(0);
  // Not Date.UTC, which maps the years 0 to 99 to 1900 to 1999.
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return Number.NaN;
  const ms = Number(`${fraction}00`.slice(0, 3));
  const offset = (zh * 60 + zm) * 60_000 * (sign === '-' ? -1 : 1);
  const instant = date.getTime() + ((h * 60 + m) * 60 + s) * 1_000 + ms - offset;
  return instant < FIRST_INSTANT ? Number.NaN : instant;
};

const DAY_MS = 86_400_000;

/** The last day that was printed. */
let lastDay = { start: 0, date: '1970-01-01' };

const padded = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

/**
 * Prints a moment as `Date.prototype.toISOString` does, in a fifth of the time if the days repeat, as they do in a
 * batch.
 * @param instant - ms since 1970, a whole number, in the years 1 to 9999
 */
export const printInstant = (instant: number): string => {
  const ms = instant - lastDay.start;
  if (ms < 0 || ms >= DAY_MS) {
    const start = Math.floor(instant / DAY_MS) * DAY_MS;
    lastDay = { start, date: new Date(start).toISOString().slice(0, 10) };
    return printInstant(instant);
  }
  const seconds = Math.floor(ms / 1_000);
  const minutes = Math.floor(seconds / 60);
  const time = `${padded[Math.floor(minutes / 60)]}:${padded[minutes % 60]}:${padded[seconds % 60]}`;
  return `${lastDay.date}T${time}.${String(ms % 1_000).padStart(3, '0')}Z`;
};

/**
 * A schema that parses a timestamp to milliseconds since 1970.
 * @param field - the field's name, as messages contain it
 * @param description - what the moment is and the range that it must lie in, for the contract
 * @param missing - the message for null
 */
export const InstantSchema = (field: string, description: string, missing = `${field} is required`) => {
  const invalid = `${field} is not a valid ISO 8601 timestamp`;
  return v.pipe(
    v.string((issue) => (issue.input === null ? missing : invalid)),
    documented({ ...INSTANT_TEXT, description }),
    v.transform(parseInstant),
    v.number(invalid),
  );
};
