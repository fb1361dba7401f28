import * as v from 'valibot';
import { bucketStart, bucketStarts, DAY_MS, type Interval } from './interval.ts';
import { fieldStart, type Unit } from './rollup.ts';

const CountsSchema = v.pipe(
  v.record(v.string(), v.pipe(v.number(), v.integer(), v.minValue(0))),
  v.description('The number of events by type, signalType, source or name; those without events are absent'),
);

/** Counts of events by the dates on which they occurred. */
export const SeriesSchema = v.object({
  series: v.array(
    v.object({
      start: v.pipe(v.string(), v.isoTimestamp(), v.description('Where the bucket begins')),
      counts: CountsSchema,
    }),
  ),
  totals: CountsSchema,
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

const reading = (unit: Unit, from: number, to: number): Reading[] => {
  if (from >= to) return [];
  const periodOf = (at: number) => new Date(at).toISOString().slice(0, unit === 'day' ? 7 : 10);
  return [{ unit, firstPeriod: periodOf(from), lastPeriod: periodOf(to - 1), from, to }];
};

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

/** The series of a span, from the rows of its readings; empty buckets are included. */
export const seriesOf = (
  { from, to, interval }: Span,
  read: readonly { readonly reading: Reading; readonly rows: readonly RollupRow[] }[],
): Series => {
  const totals = new Map<string, number>();
  const buckets = new Map<number, Map<string, number>>(
    bucketStarts(interval, from, to, MAX_BUCKETS).map((start) => [start, new Map()]),
  );
  for (const { reading, rows } of read) {
    for (const { unit, period, type, counts } of rows) {
      for (const [field, count] of counts) {
        const at = fieldStart(unit, period, field);
        if (at < reading.from || at >= reading.to || count === 0) continue;
        addTo(totals, type, count);
        addTo(buckets.get(bucketStart(interval, at)) as Map<string, number>, type, count);
      }
    }
  }
  return {
    series: [...buckets].map(([start, counts]) => ({
      start: new Date(start).toISOString(),
      counts: sorted(counts),
    })),
    totals: sorted(totals),
  };
};
