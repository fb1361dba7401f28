/** How long a bucket of a series is. All begin in UTC; weeks on Monday. */
export const INTERVALS = ['hour', 'day', 'week', 'month'] as const;
export type Interval = (typeof INTERVALS)[number];

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** 1970 began on a Thursday, three days after a Monday. */
const FIRST_MONDAY_MS = -3 * DAY_MS;

const LENGTH = {
  hour: { ms: HOUR_MS, origin: 0 },
  day: { ms: DAY_MS, origin: 0 },
  week: { ms: 7 * DAY_MS, origin: FIRST_MONDAY_MS },
} as const;

/** Not Date.UTC, which takes the years 0 to 99 for 1900 to 1999. */
const monthStart = (year: number, month: number): number => new Date(0).setUTCFullYear(year, month, 1);

/** When the bucket that holds a moment begins. */
export const bucketStart = (interval: Interval, at: number): number => {
  if (interval === 'month') {
    const date = new Date(at);
    return monthStart(date.getUTCFullYear(), date.getUTCMonth());
  }
  const { ms, origin } = LENGTH[interval];
  return Math.floor((at - origin) / ms) * ms + origin;
};

/** When the bucket after the one that begins at that moment begins. */
export const nextStart = (interval: Interval, start: number): number => {
  if (interval !== 'month') return start + LENGTH[interval].ms;
  const date = new Date(start);
  return monthStart(date.getUTCFullYear(), date.getUTCMonth() + 1);
};

/**
 * The beginnings of all buckets that hold a moment of a time, in order.
 *
 * @param to - exclusive
 * @param most - where there are more, so many and one are given
 */
export const bucketStarts = (interval: Interval, from: number, to: number, most: number): number[] => {
  const starts: number[] = [];
  for (let at = bucketStart(interval, from); at < to && starts.length <= most; at = nextStart(interval, at)) {
    starts.push(at);
  }
  return starts;
};
