import type { TransactWriteItemsCommandInput } from '@aws-sdk/client-dynamodb';
import { addUp } from '#shared/analytics/add-up.ts';
import {
  cellCount,
  type HourCounts,
  hourCellOf,
  splitHours,
  toHoursText,
} from '#shared/analytics/hour-counts.ts';
import { MAX_ROWS_OF_PARTITION } from '#shared/analytics/name-rows.ts';
import { SAMPLE_SHARDS } from '#shared/analytics/name-sample-item.ts';
import { packsOf } from '#shared/analytics/packing.ts';
import type { RebuildRow } from '#shared/analytics/rebuild-item.ts';
import { newEventOf } from '#shared/analytics/stream-record.ts';
import { type Item, itemBytes, MAX_ACTIONS } from '#shared/aws/dynamodb.ts';
import { type Named, newNamedCharts, recordsOf } from '#test/support/named-charts.ts';

const HOUR = 3_600_000;
const FROM = Date.parse('2025-11-10T00:00:00Z');
const RARE = 100_000;
const FREQUENT = Array.from({ length: 20 }, (_, nth) => ({ name: `frequent ${nth}`, count: 1_000 + nth }));
const SPAN = { from: FROM + HOUR, to: FROM + 71 * HOUR, interval: 'day' } as const;

/** A name as long as names may be: 128 characters of four bytes each. */
const longName = (nth: number): string => `${'🏙'.repeat(122)}${String(nth).padStart(6, '0')}`;

/** Hours within the span. */
const at = (nth: number): number => SPAN.from + (nth % 70) * HOUR;

const events: Named[] = [
  ...Array.from({ length: RARE }, (_, nth) => ({ name: longName(nth), at: at(nth) })),
  ...FREQUENT.flatMap(({ name, count }) =>
    Array.from({ length: count }, (_, nth) => ({ name, at: at(nth) })),
  ),
];

/** The bytes of the items that a call returned. */
const bytesOf = (output: object): number => {
  const { Items = [], Responses = {} } = output as { Items?: Item[]; Responses?: Record<string, Item[]> };
  return [...Items, ...Object.values(Responses).flat()].reduce((sum, item) => sum + itemBytes(item), 0);
};

const greatest = (numbers: readonly number[]): number =>
  numbers.reduce((most, each) => Math.max(most, each), 0);

describe('an organisation with a hundred thousand names', () => {
  it('has small items, transactions and reads, and the right chart', async () => {
    const { deliver, chart, calls, items } = newNamedCharts(1_000);
    const records = recordsOf(events);
    for (let first = 0; first < records.length; first += 1_000) {
      await deliver(records.slice(first, first + 1_000));
    }
    const transactions = calls
      .filter(({ operation }) => operation === 'TransactWriteItems')
      .map(({ input }) => (input as TransactWriteItemsCommandInput).TransactItems?.length ?? 0);
    calls.length = 0;

    const { totals, other } = await chart(SPAN);
    const ofChart = calls.splice(0);
    const alone = await chart(SPAN, longName(7));

    const expected = Object.fromEntries(FREQUENT.map(({ name, count }) => [name, count]));
    expect({ ...totals }).toEqual(expected);
    expect(other).toBe(RARE);
    expect({ ...alone.totals }).toEqual({ [longName(7)]: 1 });
    expect(greatest(transactions)).toBeLessThanOrEqual(MAX_ACTIONS);
    expect(greatest(items().map(itemBytes))).toBeLessThan(20 * 1024);
    expect(greatest(ofChart.map(({ output }) => bytesOf(output)))).toBeLessThan(SAMPLE_SHARDS * 20 * 1024);
    expect(ofChart.length).toBeLessThan(250);
    expect(calls.length).toBeLessThan(20);
    expect(calls.reduce((sum, { output }) => sum + bytesOf(output), 0)).toBeLessThan(5 * 1024);
  }, 120_000);

  it.each([
    ['of the same hour', () => FROM],
    ['of different days', (nth: number) => FROM - nth * 24 * HOUR],
    ['of different months', (nth: number) => FROM - nth * 31 * 24 * HOUR],
  ])(
    'has at most a hundred actions in a transaction, and few of a partition, for events %s',
    (_what, when) => {
      const placed = (name: (nth: number) => string) =>
        recordsOf(Array.from({ length: 1_000 }, (_, nth) => ({ name: name(nth), at: when(nth % 120) }))).map(
          (record) => ({ event: { ...newEventOf(record), shard: 1 }, countIn: [3, 4], noteIn: 4 }),
        );

      const packs = [placed(longName), placed(() => 'one')].flatMap(packsOf);

      for (const { actions, increments } of packs) {
        const ofNames = [...increments.values()].filter(({ key: { pk } }) => pk.includes('#name#'));
        const partitions = Map.groupBy(ofNames, ({ key: { pk } }) => pk);
        expect(actions).toBeLessThanOrEqual(MAX_ACTIONS);
        expect(Math.max(...[...partitions.values()].map(({ length }) => length))).toBeLessThanOrEqual(
          MAX_ROWS_OF_PARTITION,
        );
      }
    },
  );

  it('is rebuilt with a bounded number of counts in memory, in parts that fit an item', async () => {
    const maxCells = 5_000;
    const ofPage = 100;
    const rows = async function* (): AsyncGenerator<RebuildRow[]> {
      for (let first = 0; first < RARE; first += ofPage) {
        const hours: HourCounts = new Map();
        for (const { name, at: occurredAt } of events.slice(first, first + ofPage)) {
          const { series, hour } = hourCellOf({ kind: 'track', type: name, occurredAt });
          hours.set(series, new Map([[hour, 1]]));
        }
        yield [
          {
            kind: 'counted',
            contactId: `c_${first}`,
            attempt: 'a',
            parts: 0,
            part: { hashes: new Uint8Array(), hours },
          },
        ];
      }
    };

    const sizes: number[] = [];
    let all = 0;
    let largest = 0;
    for await (const sum of addUp(rows(), maxCells)) {
      sizes.push(cellCount(sum));
      all += [...(sum.get('track#')?.values() ?? [])].reduce((total, count) => total + count, 0);
      for (const part of splitHours(sum, 64 * 1024)) largest = Math.max(largest, toHoursText(part).length);
    }

    expect(all).toBe(RARE);
    expect(sizes.length).toBeGreaterThan(10);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(maxCells + 2 * ofPage);
    expect(largest).toBeLessThanOrEqual(64 * 1024);
  });
});
