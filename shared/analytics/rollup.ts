import type { HistoryEvent, Kind } from '../events/kinds.ts';

/**
 * A rollup is a counter of an organisation's events of one kind and type: of the days of a month, or of the hours of a
 * day. Its item holds one number for each, so it never grows beyond 31 of them: it stays below 1 KB, the least that a
 * write is charged for. Two years of all email types are some 170 month items for each shard, which one Query answers
 * (1 MB a page); day items are read for hours alone. Keys of the table: docs/data-model.md.
 */
export const UNITS = ['day', 'hour'] as const;
export type Unit = (typeof UNITS)[number];

/**
 * An organisation's counters are spread over this many partitions: one takes 1,000 write units a second, and of two
 * transactions on one item at once one must come again. A read asks all of them at once. A record's shard also says
 * where its mark is, so the number can only be changed while nothing is delivered.
 */
export const ROLLUP_SHARDS = 4;

/** The partition of what a rebuild counted itself: the consumer never writes there. */
export const BASE = 'base';

/** One of {@link ROLLUP_SHARDS}, or {@link BASE}. */
export type RollupShard = number | typeof BASE;

/** A counter's place in its generation. */
export interface Cell {
  readonly kind: Kind;
  readonly unit: Unit;
  /** `yyyy-mm` of days, `yyyy-mm-dd` of hours. */
  readonly period: string;
  readonly type: string;
  /** `01`…`31` of days, `00`…`23` of hours. */
  readonly field: string;
}

/** The counters that an event belongs to. */
export const cellsOf = ({ kind, type, occurredAt }: Pick<HistoryEvent, 'kind' | 'type' | 'occurredAt'>) => {
  const iso = new Date(occurredAt).toISOString();
  const day: Cell = { kind, unit: 'day', period: iso.slice(0, 7), type, field: iso.slice(8, 10) };
  const hour: Cell = { kind, unit: 'hour', period: iso.slice(0, 10), type, field: iso.slice(11, 13) };
  return [day, hour] as const;
};

/** The key of an item of the rollup table. */
export interface RollupKey {
  readonly pk: string;
  readonly sk: string;
}

/** The partition of an organisation's rollups. */
export const rollupPartition = (
  orgId: string,
  generation: number,
  kind: Kind,
  unit: Unit,
  shard: RollupShard,
): string => `${orgId}#${generation}#${kind}#${unit}#${shard}`;

/** The item that holds a cell. */
export const rollupKey = (
  orgId: string,
  generation: number,
  shard: RollupShard,
  { kind, unit, period, type }: Cell,
): RollupKey => ({
  pk: rollupPartition(orgId, generation, kind, unit, shard),
  sk: `${period}#${type}`,
});

/** When the time that a field of a rollup counts began, ms since 1970. */
export const fieldStart = (unit: Unit, period: string, field: string): number =>
  Date.parse(unit === 'day' ? `${period}-${field}T00:00:00Z` : `${period}T${field}:00:00Z`);

/** Counts that belong to one item, by field. */
export interface Increment {
  readonly key: RollupKey;
  readonly counts: Map<string, number>;
}

/** Increments by key: what is added to one item is added in one action. */
export type Increments = Map<string, Increment>;

/** The key of an item among {@link Increments}. */
export const incrementId = ({ pk, sk }: RollupKey): string => `${pk}|${sk}`;

/** Adds to a field of an item. */
export const increment = (increments: Increments, key: RollupKey, field: string, by = 1): void => {
  const id = incrementId(key);
  const { counts } = increments.get(id) ?? { counts: new Map<string, number>() };
  counts.set(field, (counts.get(field) ?? 0) + by);
  increments.set(id, { key, counts });
};
