import * as v from 'valibot';
import { bucketStart, bucketStarts, DAY_MS, type Interval } from './interval.ts';
import { fieldStart } from './rollup.ts';
import type { Unit } from './units.ts';

const CountsSchema = v.pipe(
  v.record(v.string(), v.pipe(v.number(), v.integer(), v.minValue(0))),
  v.description('The number of events by type, signalType, source or name; those without events are absent'),
);

const OtherSchema = v.pipe(
  v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  v.description(
    'The number of events of all other names, if the kind has names and there are such events; a name `other` is among the counts',
  ),
);

/** Counts of events by the dates on which they occurred. */
export const SeriesSchema = v.object({
  series: v.array(
    v.object({
      start: v.pipe(v.string(), v.isoTimestamp(), v.description('Where the bucket begins')),
      counts: CountsSchema,
      other: OtherSchema,
    }),
  ),
  totals: CountsSchema,
  other: OtherSchema,
});
/** A {@link SeriesSchema} value. */
export type Series = v.InferOutput<typeof SeriesSchema>;

/** The time range to plot; `from` and `to` (exclusive) are on the hour, in ms since 1970. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly interval: Interval;
}

/** The maximum number of buckets of a series: more than a year of hours. */
export const MAX_BUCKETS = 10_000;

/**
 * The rollups of a range of periods (inclusive), of which only fields from `from` to `to` (exclusive) count.
 */
export interface Reading {
  readonly unit: Unit;
  readonly firstPeriod: string;
  readonly lastPeriod: string;
  readonly from: number;
  readonly to: number;
}

const periodAt = (unit: Unit, at: number): string =>
  new Date(at).toISOString().slice(0, unit === 'day' ? 7 : 10);

const reading = (unit: Unit, from: number, to: number): Reading[] => {
  if (from >= to) return [];
  return [{ unit, firstPeriod: periodAt(unit, from), lastPeriod: periodAt(unit, to - 1), from, to }];
};

/** The periods of a reading, in order. @param most - if there are more, only so many are returned */
export const periodsOf = ({ unit, from, to }: Reading, most: number): string[] =>
  bucketStarts(unit === 'day' ? 'month' : 'day', from, to, most - 1).map((at) => periodAt(unit, at));

/**
 * The rollups to read for a span: whole days from the rollups by day, the hours before and after them from
 * the rollups by hour. The readings do not overlap, so no event is counted twice.
 */
export const readingsOf = ({ from, to, interval }: Span): Reading[] => {
  const firstDay = Math.ceil(from / DAY_MS) * DAY_MS;
  const lastDay = bucketStart('day', to);
  if (interval === 'hour' || firstDay >= lastDay) return reading('hour', from, to);
  return [
    ...reading('hour', from, firstDay),
    ...reading('day', firstDay, lastDay),
    ...reading('hour', lastDay, to),
  ];
};

/** A rollup that was read. */
export interface RollupRow {
  readonly unit: Unit;
  readonly period: string;
  readonly type: string;
  readonly counts: ReadonlyMap<string, number>;
}

/** Counts sorted by type, so that every answer has the same order. */
const sorted = (counts: ReadonlyMap<string, number>): Record<string, number> => {
  const named: Record<string, number> = Object.create(null);
  for (const type of [...counts.keys()].sort()) named[type] = counts.get(type) as number;
  return named;
};

const addTo = (counts: Map<string, number>, type: string, count: number): void => {
  counts.set(type, (counts.get(type) ?? 0) + count);
};

/** A reading and the rows that were read. */
export interface ReadRows {
  readonly reading: Reading;
  readonly rows: readonly RollupRow[];
}

/** Calls a function with each count of rows that is within its reading: its type and time, and the count. */
const eachCount = (
  read: readonly ReadRows[],
  call: (type: string, at: number, count: number) => void,
): void => {
  for (const { reading, rows } of read) {
    for (const { unit, period, type, counts } of rows) {
      for (const [field, count] of counts) {
        const at = fieldStart(unit, period, field);
        if (at >= reading.from && at < reading.to && count !== 0) call(type, at, count);
      }
    }
  }
};

/** The numbers of events by type, from the rows of readings. */
export const totalsOf = (read: readonly ReadRows[]): Map<string, number> => {
  const totals = new Map<string, number>();
  eachCount(read, (type, _at, count) => addTo(totals, type, count));
  return totals;
};

/** The months (`yyyy-mm`) in which rows have counts. */
export const monthsOf = (read: readonly ReadRows[]): string[] => {
  const months = new Set<string>();
  eachCount(read, (_type, at) => months.add(periodAt('day', at)));
  return [...months].sort();
};

const sumOf = (counts: ReadonlyMap<string, number>): number =>
  counts.values().reduce((sum, count) => sum + count, 0);

/**
 * What is left of a number of events, as a field that is absent if nothing is. Rows that are read one after another may be
 * of different moments, so the sum may be greater.
 */
const otherOf = (all: number, counts: ReadonlyMap<string, number>): { readonly other?: number } => {
  const other = all - sumOf(counts);
  return other > 0 ? { other } : {};
};

/**
 * The series of a span, from the rows of its readings; empty buckets are included.
 * @param all - rows that count the events of all types, to be compared with those of the listed ones. @default - none
 */
export const seriesOf = (
  { from, to, interval }: Span,
  read: readonly ReadRows[],
  all: readonly ReadRows[] = [],
): Series => {
  const starts = bucketStarts(interval, from, to, MAX_BUCKETS);
  const buckets = new Map(starts.map((start) => [start, { all: 0, counts: new Map<string, number>() }]));
  const bucketOf = (at: number) =>
    buckets.get(bucketStart(interval, at)) as { all: number; counts: Map<string, number> };
  eachCount(read, (type, at, count) => addTo(bucketOf(at).counts, type, count));
  eachCount(all, (_type, at, count) => {
    bucketOf(at).all += count;
  });
  const series = [...buckets].map(([start, bucket]) => ({
    start: new Date(start).toISOString(),
    counts: sorted(bucket.counts),
    ...otherOf(bucket.all, bucket.counts),
  }));
  const other = series.reduce((sum, bucket) => sum + (bucket.other ?? 0), 0);
  return { series, totals: sorted(totalsOf(read)), ...(other > 0 && { other }) };
};
