import type { HistoryEvent, Kind } from '../events/kinds.ts';
import { shardOf } from '../identities/shards.ts';
import { HOUR_MS } from './interval.ts';
import { isNamedKind } from './name-rows.ts';
import { ALL_NAMES, BASE, cellsOfRow, type Increments, increment, rollupKey, rowTypesOf } from './rollup.ts';

/**
 * Numbers of events by series (`{kind}#{type of a row}`) and hour (whole hours since 1970): the form in which a
 * rebuild stores its counts until all are added up. Days are derived from hours.
 */
export type HourCounts = Map<string, Map<number, number>>;

/** The coordinates of one count in {@link HourCounts}. */
export interface HourCell {
  readonly series: string;
  readonly hour: number;
}

/** The cell in which an event is counted: of its type, or of its name. {@link cellsWithTotal} adds that of all names. */
export const hourCellOf = (event: Pick<HistoryEvent, 'kind' | 'type' | 'occurredAt'>): HourCell => ({
  series: `${event.kind}#${rowTypesOf(event).at(-1)}`,
  hour: Math.floor(event.occurredAt / HOUR_MS),
});

const kindOf = (series: string): Kind => series.slice(0, series.indexOf('#')) as Kind;

/** The cell of an event, and that of all names if its kind has names. */
export const cellsWithTotal = (cell: HourCell): readonly HourCell[] => {
  const kind = kindOf(cell.series);
  return isNamedKind(kind) ? [cell, { ...cell, series: `${kind}#${ALL_NAMES}` }] : [cell];
};

/** The number of cells. */
export const cellCount = (counts: HourCounts): number =>
  counts.values().reduce((sum, { size }) => sum + size, 0);

/** Adds a number to a cell. @returns the number of added cells, 0 or 1 */
export const addHour = (counts: HourCounts, { series, hour }: HourCell, by = 1): number => {
  const hours = counts.get(series) ?? new Map<number, number>();
  const { size } = hours;
  counts.set(series, hours);
  hours.set(hour, (hours.get(hour) ?? 0) + by);
  return hours.size - size;
};

/** Adds all counts of `from` to `to`. */
export const addHours = (to: HourCounts, from: HourCounts): void => {
  for (const [series, hours] of from) {
    for (const [hour, count] of hours) addHour(to, { series, hour }, count);
  }
};

/** Cuts counts into groups by series. @returns groups of `cells` cells or slightly more */
export function* seriesGroups(counts: HourCounts, cells: number): Generator<HourCounts> {
  let group: HourCounts = new Map();
  let size = 0;
  for (const [series, hours] of counts) {
    group.set(series, hours);
    size += hours.size;
    if (size < cells) continue;
    yield group;
    group = new Map();
    size = 0;
  }
  if (size > 0) yield group;
}

/**
 * Divides counts by series, at random but always alike.
 * @param salt - distinguishes divisions that must be independent of each other
 */
export const divided = (counts: HourCounts, by: number, salt: string): Map<number, HourCounts> => {
  const divisions = new Map<number, HourCounts>();
  for (const [series, hours] of counts) {
    const at = shardOf(`${salt}#${series}`, by);
    divisions.set(at, (divisions.get(at) ?? new Map()).set(series, hours));
  }
  return divisions;
};

/** The hours since the previous one take few digits in base 36: three for a year. */
const RADIX = 36;

const byHour = ([a]: readonly [number, number], [b]: readonly [number, number]): number => a - b;

const hoursText = (hours: Iterable<readonly [number, number]>): string => {
  let before = 0;
  const texts: string[] = [];
  for (const [hour, count] of hours) {
    const gap = (hour - before).toString(RADIX);
    texts.push(count === 1 ? gap : `${gap}*${count}`);
    before = hour;
  }
  return texts.join(',');
};

/** The maximum length of an hour in the text: a gap, a count and a comma. */
const HOUR_BYTES = 16;

/** The length of a series' name in the text, in bytes, with quotation marks, escapes and punctuation. */
const seriesBytes = (series: string): number => Buffer.byteLength(JSON.stringify(series)) + 6;

/** The maximum number of bytes that one more event in a cell adds to the text. */
export const cellBytes = (counts: HourCounts, { series, hour }: HourCell): number => {
  const hours = counts.get(series);
  if (hours?.has(hour)) return 0;
  return HOUR_BYTES + (hours === undefined ? seriesBytes(series) : 0);
};

/**
 * Counts as JSON text: `{"email#opened":"aczf,1k*3"}` means one event in an hour, and three in the hour that
 * is 1k (base 36) hours later. Equal counts have equal texts.
 */
export const toHoursText = (counts: HourCounts): string => {
  const series = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(
    Object.fromEntries(series.map(([name, hours]) => [name, hoursText([...hours].sort(byHour))])),
  );
};

/** Parses the text of {@link toHoursText}. */
export const fromHoursText = (text: string): HourCounts => {
  const counts: HourCounts = new Map();
  for (const [series, hours] of Object.entries<string>(JSON.parse(text))) {
    let hour = 0;
    for (const each of hours.split(',')) {
      const [gap = '', count = '1'] = each.split('*');
      hour += Number.parseInt(gap, RADIX);
      addHour(counts, { series, hour }, Number(count));
    }
  }
  return counts;
};

/**
 * Splits counts into parts whose texts are at most `maxBytes` long. Equal counts are split alike.
 * @param maxBytes - enough for at least one cell
 */
export const splitHours = (counts: HourCounts, maxBytes: number): HourCounts[] => {
  const parts: HourCounts[] = [];
  let part: HourCounts = new Map();
  let bytes = 0;
  for (const [series, hours] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const [hour, count] of [...hours].sort(byHour)) {
      const cell = { series, hour };
      if (part.size > 0 && bytes + cellBytes(part, cell) > maxBytes) {
        parts.push(part);
        part = new Map();
        bytes = 0;
      }
      bytes += cellBytes(part, cell);
      addHour(part, cell, count);
    }
  }
  if (part.size > 0) parts.push(part);
  return parts;
};

/** The rollups of counts, in the partition that only rebuilds write. */
export const baseRollups = (orgId: string, generation: number, counts: HourCounts): Increments => {
  const rollups: Increments = new Map();
  for (const [series, hours] of counts) {
    const kind = kindOf(series);
    const type = series.slice(kind.length + 1);
    for (const [hour, count] of hours) {
      // Subtracting the events that the consumer has counted may leave nothing in an hour.
      if (count === 0) continue;
      for (const cell of cellsOfRow({ kind, type, occurredAt: hour * HOUR_MS })) {
        increment(rollups, rollupKey(orgId, generation, BASE, cell), cell.field, count);
      }
    }
  }
  return rollups;
};
