import fc from 'fast-check';
import { bucketStart, INTERVALS, type Interval, nextStart } from '#shared/analytics/interval.ts';
import { cellsOf } from '#shared/analytics/rollup.ts';
import { MAX_BUCKETS, type Reading, type RollupRow, readingsOf, seriesOf } from '#shared/analytics/series.ts';
import { spanOf } from '#shared/analytics/span.ts';
import { naiveSeries, naiveStart, type Plotted } from '#test/support/analytics.ts';

const HOUR = 3_600_000;
const FIRST = Date.parse('2023-11-20T00:00:00Z');
const HOURS = 24 * 120;

const anyInterval = fc.constantFrom(...INTERVALS);
const anyMoment = fc.integer({
  min: Date.parse('0001-02-01T00:00:00Z'),
  max: Date.parse('9999-11-01T00:00:00Z'),
});
const anySpan = fc
  .tuple(fc.nat({ max: HOURS }), fc.nat({ max: HOURS }), anyInterval)
  .filter(([a, b]) => a !== b)
  .map(([a, b, interval]) => ({
    from: FIRST + Math.min(a, b) * HOUR,
    to: FIRST + Math.max(a, b) * HOUR,
    interval,
  }));
const anyEvent: fc.Arbitrary<Plotted> = fc.record({
  kind: fc.constant('email' as const),
  type: fc.constantFrom('opened', 'clicked', 'sent'),
  occurredAt: fc.integer({ min: FIRST - 40 * 24 * HOUR, max: FIRST + (HOURS + 24 * 40) * HOUR }),
});

/** The rows that a reading returns from a table that counts each event in its cells. */
const rowsOf = (events: readonly Plotted[], { unit, firstPeriod, lastPeriod }: Reading): RollupRow[] =>
  events.flatMap((event) =>
    cellsOf(event)
      .filter((cell) => cell.unit === unit && cell.period >= firstPeriod && cell.period <= lastPeriod)
      .map(({ period, type, field }) => ({ unit, period, type, counts: new Map([[field, 1]]) })),
  );

const plot = (events: readonly Plotted[], span: { from: number; to: number; interval: Interval }) =>
  seriesOf(
    span,
    readingsOf(span).map((reading) => ({ reading, rows: rowsOf(events, reading) })),
  );

describe('a bucket', () => {
  it('begins according to the calendar, and ends where the next begins', () => {
    fc.assert(
      fc.property(anyInterval, anyMoment, (interval, at) => {
        const start = bucketStart(interval, at);
        const next = nextStart(interval, start);

        expect(start).toBe(naiveStart(interval, at));
        expect(at >= start && at < next).toBe(true);
        expect(bucketStart(interval, next)).toBe(next);
        expect(bucketStart(interval, next - 1)).toBe(start);
      }),
    );
  });

  it.each([
    ['week', '2025-11-16T23:59:59.999Z', '2025-11-10T00:00:00.000Z'],
    ['week', '2025-11-17T00:00:00.000Z', '2025-11-17T00:00:00.000Z'],
    ['week', '1969-12-31T00:00:00.000Z', '1969-12-29T00:00:00.000Z'],
    ['month', '2024-02-29T23:00:00.000Z', '2024-02-01T00:00:00.000Z'],
  ] as const)('of a %s that contains %s begins %s', (interval, at, start) => {
    expect(new Date(bucketStart(interval, Date.parse(at))).toISOString()).toBe(start);
  });
});

describe('a series', () => {
  it('equals counting event by event, for any request', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), anySpan, (events, span) => {
        expect(plot(events, span)).toEqual(naiveSeries(events, span));
      }),
    );
  });

  it('reads whole days by the day, and at most the two partial days by the hour', () => {
    fc.assert(
      fc.property(anySpan, (span) => {
        const readings = readingsOf(span);

        expect(readings.length).toBeLessThanOrEqual(3);
        expect(readings.map(({ from }) => from)).toEqual([
          span.from,
          ...readings.slice(0, -1).map(({ to }) => to),
        ]);
        expect(readings.at(-1)?.to).toBe(span.to);
        const byHour = readings.filter(({ unit }) => unit === 'hour');
        if (span.interval !== 'hour') {
          expect(byHour.reduce((sum, { from, to }) => sum + to - from, 0)).toBeLessThan(48 * HOUR);
        }
      }),
    );
  });

  it('counts a type that is named like a property of every object', () => {
    const events = [{ kind: 'email' as const, type: '__proto__', occurredAt: FIRST }];

    const { totals } = plot(events, { from: FIRST, to: FIRST + HOUR, interval: 'hour' });

    expect(JSON.stringify(totals)).toBe('{"__proto__":1}');
  });
});

describe('the requested span', () => {
  const span = (query: Record<string, string>) => spanOf({ query });

  it.each([
    [{ from: '2025-11-01', to: '2025-11-02' }, '2025-11-01T00:00:00.000Z', '2025-11-02T00:00:00.000Z', 'day'],
    [
      { from: '2025-11-01T05:00:00+02:00', to: '2025-11-02T00:00Z', interval: 'hour' },
      '2025-11-01T03:00:00.000Z',
      '2025-11-02T00:00:00.000Z',
      'hour',
    ],
  ])('is parsed from %j', (query, from, to, interval) => {
    expect(span(query)).toEqual({ from: Date.parse(from), to: Date.parse(to), interval });
  });

  // As it arrives: a plus sign in a query means a space unless it is encoded.
  const PLUS = 'a plus sign in a query must be written %2B';
  const FORM = 'must be an ISO 8601 date, or date and time with a zone';
  it.each([
    [{ to: '2025-11-02' }, 'from is required'],
    [{ from: '', to: '2025-11-02' }, 'from is required'],
    [{ from: '2025-11-01' }, 'to is required'],
    [{ from: 'yesterday', to: '2025-11-02' }, `from ${FORM}`],
    [{ from: '2025-02-29', to: '2025-11-02' }, `from ${FORM}`],
    [{ from: '2025-11-01T00:00:00 01:00', to: '2025-11-02' }, `from ${FORM}; ${PLUS}`],
    [{ from: '2025-11-01', to: '2025-11-02T00:00:00 01:00' }, `to ${FORM}; ${PLUS}`],
    [{ from: '2025-11-01T00:00:00', to: '2025-11-02' }, `from ${FORM}`],
    [{ from: '2025-11-01', to: '9999-12-31T23:00:00-05:00' }, `to ${FORM}`],
    [{ from: '0000-11-01', to: '2025-11-02' }, `from ${FORM}`],
    [{ from: '2025-11-01T00:30:00Z', to: '2025-11-02' }, 'from must be on the hour'],
    [{ from: '2025-11-01T00:00:00+05:30', to: '2025-11-02' }, 'from must be on the hour'],
    [{ from: '2025-11-01', to: '2025-11-02T00:00:00.001Z' }, 'to must be on the hour'],
    [{ from: '2025-11-02', to: '2025-11-02' }, 'from must be before to'],
    [{ from: '2025-11-03', to: '2025-11-02' }, 'from must be before to'],
    [
      { from: '2025-11-01', to: '2025-11-02', interval: 'year' },
      'interval must be one of hour, day, week, month',
    ],
    [
      { from: '2025-11-01', to: '2025-11-02', interval: '' },
      'interval must be one of hour, day, week, month',
    ],
  ])('is rejected if it is %j', (query, message) => {
    expect(() => span(query)).toThrow(message);
  });

  it('has at most ten thousand buckets', () => {
    const from = '2024-01-01T00:00:00Z';
    const after = (hours: number) => new Date(Date.parse(from) + hours * HOUR).toISOString();

    expect(() => span({ from, to: after(MAX_BUCKETS), interval: 'hour' })).not.toThrow();
    expect(() => span({ from, to: after(MAX_BUCKETS + 1), interval: 'hour' })).toThrow(
      'A series has at most 10000 buckets: ask for less time or a longer interval',
    );
  });
});
