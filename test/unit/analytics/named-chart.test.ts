import fc from 'fast-check';
import { INTERVALS } from '#shared/analytics/interval.ts';
import type { Span } from '#shared/analytics/series.ts';
import { OutOfTimeError } from '#shared/time/out-of-time.ts';
import { naiveStart } from '#test/support/analytics.ts';
import { aBudget, NOW } from '#test/support/builders.ts';
import { type Named, newNamedCharts, recordsOf } from '#test/support/named-charts.ts';

const HOUR = 3_600_000;
const FROM = Date.parse('2024-01-27T00:00:00Z');

const NAMES = [
  'other',
  '__proto__',
  'constructor',
  'a#b',
  '#',
  '2024-02#x',
  'Dashboard Loaded',
  '\u0000',
  '🏙'.repeat(128),
  'é',
  'e\u0301',
  ...Array.from({ length: 25 }, (_, nth) => `n${nth}`),
];

const anyEvent: fc.Arbitrary<Named> = fc.record({
  // The first names have more events than the last ones.
  name: fc.tuple(fc.nat({ max: NAMES.length - 1 }), fc.nat({ max: NAMES.length - 1 })).map(([a, b]) => {
    return NAMES[Math.min(a, b)] as string;
  }),
  at: fc
    .oneof(fc.nat({ max: 40 * 24 }), fc.nat({ max: 300 * 24 }))
    .map((hours) => FROM + hours * HOUR + 1_234),
});

const anySpan: fc.Arbitrary<Span> = fc
  .record({
    from: fc.nat({ max: 60 * 24 }).map((hours) => FROM + (hours - 100) * HOUR),
    to: fc.oneof(fc.nat({ max: 100 }), fc.nat({ max: 330 * 24 })),
    interval: fc.constantFrom(...INTERVALS),
  })
  .map(({ from, to, interval }) => ({ from, to: from + HOUR * (1 + to), interval }));

/** Counts in the order of their names, without a prototype. */
const countsOf = (events: readonly Named[], names: ReadonlySet<string>): Record<string, number> => {
  const counts: Record<string, number> = Object.create(null);
  const ofNames = events.filter(({ name }) => names.has(name));
  for (const { name } of ofNames.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
    counts[name] = (counts[name] ?? 0) + 1;
  return counts;
};

const otherThan = (events: readonly Named[], names: ReadonlySet<string>): { other?: number } => {
  const other = events.filter(({ name }) => !names.has(name)).length;
  return other > 0 ? { other } : {};
};

/** The chart of names, hour by hour and event by event. @param most - the number of names, or the only one */
const naiveChart = (events: readonly Named[], { from, to, interval }: Span, most: number | string) => {
  const inside = events.filter(({ at }) => at >= from && at < to);
  const plotted = typeof most === 'string' ? inside.filter(({ name }) => name === most) : inside;
  const names = [...Map.groupBy(plotted, ({ name }) => name)]
    .sort(([a, own], [b, others]) => others.length - own.length || (a < b ? -1 : 1))
    .slice(0, typeof most === 'string' ? 1 : most)
    .map(([name]) => name);
  const top = new Set(names);
  const starts = new Set<number>();
  for (let at = from; at < to; at += HOUR) starts.add(naiveStart(interval, at));
  const byStart = Map.groupBy(plotted, ({ at }) => naiveStart(interval, at));
  const series = [...starts].map((start) => ({
    start: new Date(start).toISOString(),
    counts: countsOf(byStart.get(start) ?? [], top),
    ...otherThan(byStart.get(start) ?? [], top),
  }));
  return { series, totals: countsOf(plotted, top), ...otherThan(plotted, top) };
};

describe('a chart of named events', () => {
  it('has the twenty most frequent names and the number of all other events, however the records are delivered', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyEvent, { maxLength: 150, size: 'max' }),
        fc.array(anySpan, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(...NAMES),
        async (events, spans, name) => {
          const { deliver, chart } = newNamedCharts();
          const records = recordsOf(events);

          await Promise.all([deliver(records.slice(0, 100)), deliver(records.slice(50).reverse())]);
          await deliver(records);

          for (const span of spans) {
            expect(JSON.stringify(await chart(span))).toBe(JSON.stringify(naiveChart(events, span, 20)));
            const alone = JSON.stringify(naiveChart(events, span, name));
            expect(JSON.stringify(await chart(span, name))).toBe(alone);
          }
        },
      ),
      { numRuns: 25 },
    );
  }, 60_000);

  it.each([0, 1])('makes no further call if its time has passed after %d of them', async (made) => {
    const { deliver, chart, calls } = newNamedCharts();
    await deliver(recordsOf([{ name: 'purchased', at: FROM }]));
    calls.length = 0;
    const budget = { ...aBudget(1), now: () => (calls.length < made ? NOW : NOW + 1) };

    const reading = chart({ from: FROM, to: FROM + 400 * 24 * HOUR, interval: 'month' }, undefined, budget);

    await expect(reading).rejects.toThrow(OutOfTimeError);
    expect(calls).toHaveLength(made);
  });
});
