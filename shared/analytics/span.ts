import * as v from 'valibot';
import type { ApiRequest } from '../http/api.ts';
import { badRequest } from '../http/api-error.ts';
import { plusHint } from '../http/query-text.ts';
import { documented } from '../json/documented.ts';
import { INSTANT_TEXT, parseInstant } from '../time/instant.ts';
import { bucketStarts, HOUR_MS, INTERVALS, type Interval } from './interval.ts';
import { MAX_BUCKETS, type Span } from './series.ts';

const DATE = /^\d{4}-\d\d-\d\d$/;

/** The query parameters `from` and `to`, for the contract. */
export const SpanEndSchema = v.pipe(
  v.string(),
  documented({ anyOf: [{ format: 'date', pattern: DATE.source }, INSTANT_TEXT] }),
);

/** The query parameter `interval`. */
export const IntervalSchema = v.optional(
  v.picklist(INTERVALS, `interval must be one of ${INTERVALS.join(', ')}`),
  'day',
);

/** The years that have four digits in ISO 8601; an offset may lead beyond them. */
const EARLIEST = parseInstant('0001-01-01T00:00:00Z');
const LATEST = parseInstant('9999-12-31T00:00:00Z');

/**
 * Parses an instant of the query: a date and time with a zone, or a date, which means its midnight in UTC.
 */
const instantOf = (name: string, text: string | undefined): number => {
  if (text === undefined || text === '') throw badRequest(`${name} is required`);
  const at = parseInstant(DATE.test(text) ? `${text}T00:00:00Z` : text);
  if (!(at >= EARLIEST && at <= LATEST)) {
    throw badRequest(`${name} must be an ISO 8601 date, or date and time with a zone${plusHint(text)}`);
  }
  // Counts are by hour, so a part of an hour cannot be read.
  if (at % HOUR_MS !== 0) throw badRequest(`${name} must be on the hour`);
  return at;
};

const intervalOf = (text: string | undefined): Interval => {
  const result = v.safeParse(IntervalSchema, text);
  if (!result.success) throw badRequest(result.issues[0].message);
  return result.output;
};

/**
 * Parses the time range of a request.
 * @throws ApiError 400 that names the invalid or missing parameter
 */
export const spanOf = ({ query }: Pick<ApiRequest, 'query'>): Span => {
  const from = instantOf('from', query['from']);
  const to = instantOf('to', query['to']);
  const interval = intervalOf(query['interval']);
  if (from >= to) throw badRequest('from must be before to');
  if (bucketStarts(interval, from, to, MAX_BUCKETS).length > MAX_BUCKETS) {
    throw badRequest(`A series has at most ${MAX_BUCKETS} buckets: ask for less time or a longer interval`);
  }
  return { from, to, interval };
};
