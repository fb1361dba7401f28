import type { HistoryEvent, Kind } from '../events/kinds.ts';
import { shardOf } from '../identities/shards.ts';

/**
 * A rollup counts the events of an organisation of one kind and type, by the days of a month or the hours of
 * a day. Its item holds one number for each, at most 31, and so stays below 1 KB, the minimum that a write is
 * charged for. Two years of all email types are some 170 month items per shard; day items are read only for
 * hours. docs/data-model.md describes the keys.
 */
export const UNITS = ['day', 'hour'] as const;
/** One of {@link UNITS}: the time that one number of a rollup covers. */
export type Unit = (typeof UNITS)[number];

/**
 * The number of shards over which the counters of an organisation are distributed: of two concurrent
 * transactions on one item one must be retried, so each shard serves one transaction at a time. The shard of
 * a record also determines the key of its mark, so the number may only be changed while no records are
 * delivered.
 */
export const ROLLUP_SHARDS = 4;

/** The shard of the counts that a rebuild stores; the consumer never writes to it. */
export const BASE = 'base';

/** One of {@link ROLLUP_SHARDS}, or {@link BASE}. */
export type RollupShard = number | typeof BASE;

/**
 * The number of partitions over which the items of a shard are spread, by period and type. A shard commits some
 * 50 transactions a second, and each increments up to 98 items of two write units: half of them days and half
 * hours if every event is of another month and type, all of them hours if the months are shared. That is 600
 * units a second for each partition, of 1,000. A read queries all partitions of a unit concurrently.
 */
export const BUCKETS: Readonly<Record<Unit, number>> = { day: 8, hour: 16 };

/** The position of a counter within a generation. */
export interface Cell {
  readonly kind: Kind;
  readonly unit: Unit;
  /** `yyyy-mm` if the unit is a day, `yyyy-mm-dd` if it is an hour. */
  readonly period: string;
  readonly type: string;
  /** `01`…`31` if the unit is a day, `00`…`23` if it is an hour. */
  readonly field: string;
}

/** The counters that an event increments. */
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

/** An organisation's rollups of one generation, kind and unit. */
export interface RollupSeries {
  readonly orgId: string;
  readonly generation: number;
  readonly kind: Kind;
  readonly unit: Unit;
}

const partitionOf = (
  { orgId, generation, kind, unit }: RollupSeries,
  shard: RollupShard,
  bucket: number,
): string => `${orgId}#${generation}#${kind}#${unit}#${shard}#${bucket}`;

/** All partitions of a shard's rollups of one kind and unit. */
export const rollupPartitions = (series: RollupSeries, shard: RollupShard): string[] =>
  Array.from({ length: BUCKETS[series.unit] }, (_, bucket) => partitionOf(series, shard, bucket));

/** The key of the item that holds a cell. */
export const rollupKey = (
  orgId: string,
  generation: number,
  shard: RollupShard,
  { kind, unit, period, type }: Cell,
): RollupKey => {
  const sk = `${period}#${type}`;
  return { pk: partitionOf({ orgId, generation, kind, unit }, shard, shardOf(sk, BUCKETS[unit])), sk };
};

/** The start of the time that a field of a rollup counts, ms since 1970. */
export const fieldStart = (unit: Unit, period: string, field: string): number =>
  Date.parse(unit === 'day' ? `${period}-${field}T00:00:00Z` : `${period}T${field}:00:00Z`);

/** The counts to add to one item, by field. */
export interface Increment {
  readonly key: RollupKey;
  readonly counts: Map<string, number>;
}

/** Increments by key: one item is incremented by one action. */
export type Increments = Map<string, Increment>;

/** The key of an item in {@link Increments}. */
export const incrementId = ({ pk, sk }: RollupKey): string => `${pk}|${sk}`;

/** Adds a number to a field of an item. */
export const increment = (increments: Increments, key: RollupKey, field: string, by = 1): void => {
  const id = incrementId(key);
  const { counts } = increments.get(id) ?? { counts: new Map<string, number>() };
  counts.set(field, (counts.get(field) ?? 0) + by);
  increments.set(id, { key, counts });
};
