import type { Interval } from '#shared/analytics/interval.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { fromEventItem } from '#shared/events/event-item.ts';
import { type ActivityKind, CHARTED_KINDS, type HistoryEvent, isActivityKind } from '#shared/events/kinds.ts';
import type { TestOrg } from './api.ts';
import { rowsOf, tableName } from './tables.ts';
import { until } from './until.ts';

/** The fields of an event that charts use. */
export type Plotted = Pick<HistoryEvent, 'kind' | 'type' | 'occurredAt'>;

/** A series as in an answer of the API. */
export interface PlottedSeries {
  readonly series: readonly { readonly start: string; readonly counts: Readonly<Record<string, number>> }[];
  readonly totals: Readonly<Record<string, number>>;
}

/** The start of the bucket that contains a moment, computed only with the calendar of `Date`. */
export const naiveStart = (interval: Interval, at: number): number => {
  const date = new Date(at);
  date.setUTCMinutes(0, 0, 0);
  if (interval !== 'hour') date.setUTCHours(0);
  if (interval === 'week') while (date.getUTCDay() !== 1) date.setUTCDate(date.getUTCDate() - 1);
  if (interval === 'month') date.setUTCDate(1);
  return date.getTime();
};

const tally = (events: readonly Plotted[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { type } of events) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
};

/** The series of events, computed hour by hour and event by event. */
export const naiveSeries = (
  events: readonly Plotted[],
  { from, to, interval }: { readonly from: number; readonly to: number; readonly interval: Interval },
): PlottedSeries => {
  const inside = events.filter(({ occurredAt }) => occurredAt >= from && occurredAt < to);
  const starts = new Set<number>();
  for (let at = from; at < to; at += 3_600_000) starts.add(naiveStart(interval, at));
  const byStart = Map.groupBy(inside, ({ occurredAt }) => naiveStart(interval, occurredAt));
  return {
    series: [...starts].map((start) => ({
      start: new Date(start).toISOString(),
      counts: tally(byStart.get(start) ?? []),
    })),
    totals: tally(inside),
  };
};

/** All events of an organisation in the table. */
export const storedEvents = async (org: Pick<TestOrg, 'orgId'>): Promise<Plotted[]> =>
  (await rowsOf(org, tableName(OUTPUT.eventsTable))).map((row) => fromEventItem(JSON.parse(row)));

/** A span from the oldest event that is accepted to far in the future. */
const EVER = `from=${new Date(Date.now() - 11 * 365 * 86_400_000).toISOString().slice(0, 10)}&to=2100-01-01`;

/** The totals that are counted, by kind and type. */
export const countedTotals = async (org: TestOrg): Promise<Record<ActivityKind, Record<string, number>>> => {
  const answers = await Promise.all(
    CHARTED_KINDS.map(async (kind) => {
      const { body } = await org.get(`/v1/analytics/${kind}?${EVER}&interval=month`);
      return [kind, body.totals] as const;
    }),
  );
  return Object.fromEntries(answers) as Record<ActivityKind, Record<string, number>>;
};

/** The totals that should be counted, by kind and type. */
export const totalsOf = (events: readonly Plotted[]): Record<ActivityKind, Record<string, number>> =>
  Object.fromEntries(
    CHARTED_KINDS.map((kind) => [kind, tally(events.filter((event) => event.kind === kind))]),
  ) as Record<ActivityKind, Record<string, number>>;

/** Waits until as many events are counted as the table contains. */
export const untilCounted = async (org: TestOrg, ms = 30_000): Promise<void> => {
  const countOf = async (kind: ActivityKind): Promise<number> => {
    const { body } = await org.get(`/v1/analytics/${kind}?${EVER}&interval=month`);
    const counts: number[] = [...Object.values<number>(body.totals), body.other ?? 0];
    return counts.reduce((all, count) => all + count, 0);
  };
  const counted = async (): Promise<number> =>
    (await Promise.all(CHARTED_KINDS.map(countOf))).reduce((all, count) => all + count, 0);
  const stored = (await storedEvents(org)).filter(({ kind }) => isActivityKind(kind)).length;
  await until(`${stored} events are counted`, async () => (await counted()) >= stored, ms);
};
