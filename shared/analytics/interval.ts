/** The lengths of the buckets of a series. All begin in UTC; weeks on Monday. */
export const INTERVALS = ['hour', 'day', 'week', 'month'] as const;
/** One of {@link INTERVALS}. */
export type Interval = (typeof INTERVALS)[number];

/** An hour in ms. */
export const HOUR_MS = 3_600_000;
/** A day in ms. */
export const DAY_MS = 24 * HOUR_MS;

/** 1970 began on a Thursday, three days after a Monday. */
const FIRST_MONDAY_MS = -3 * DAY_MS;

const LENGTH = {
  hour: { ms: HOUR_MS, origin: 0 },
  day: { ms: DAY_MS, origin: 0 },
  week: { ms: 7 * DAY_MS, origin: FIRST_MONDAY_MS },
} as const;

/** The start of a month. Not Date.UTC, which maps the years 0 to 99 to 1900 to 1999. */
const monthStart = (year: number, month: number): number => new Date(0).setUTCFullYear(year, month, 1);

/** The start of the bucket that contains an instant; both in ms since 1970. */
export const bucketStart = (interval: Interval, at: number): number => {
  if (interval === 'month') {
    const date = new Date(at);
    return monthStart(date.getUTCFullYear(), date.getUTCMonth());
  }
  const { ms, origin } = LENGTH[interval];
  return Math.floor((at - origin) / ms) * ms + origin;
};

/** The start of the bucket that follows the one with this start. */
export const nextStart = (interval: Interval, start: number): number => {
  if (interval !== 'month') return start + LENGTH[interval].ms;
  const date = new Date(start);
  return monthStart(date.getUTCFullYear(), date.getUTCMonth() + 1);
};

/**
 * The starts of all buckets that overlap a time range, in order.
 *
 * @param to - exclusive
 * @param most - if there are more buckets, only `most + 1` starts are returned
 */
export const bucketStarts = (interval: Interval, from: number, to: number, most: number): number[] => {
  const starts: number[] = [];
  for (let at = bucketStart(interval, from); at < to && starts.length <= most; at = nextStart(interval, at)) {
    starts.push(at);
  }
  return starts;
};
