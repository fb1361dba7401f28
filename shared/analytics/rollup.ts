import type { HistoryEvent, Kind } from '../events/kinds.ts';
import { shardOf } from '../identities/shards.ts';
import { isNamedKind, NAME_BUCKETS, nameBucket, nameBuckets, nameDigest, nameSk } from './name-rows.ts';
import type { Unit } from './units.ts';

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

/** The shards of a generation: only a rebuilt one has {@link BASE}. */
export const allShards = (generation: number): RollupShard[] => {
  const shards: RollupShard[] = Array.from({ length: ROLLUP_SHARDS }, (_, shard) => shard);
  return generation > 0 ? [...shards, BASE] : shards;
};

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
  /** The type of the row; see {@link rowTypesOf}. */
  readonly type: string;
  /** `01`…`31` if the unit is a day, `00`…`23` if it is an hour. */
  readonly field: string;
}

/** The type of the rows that count all events of a kind with names. */
export const ALL_NAMES = '';

/**
 * The types of the rows in which an event is counted: its own, or, if its kind has names, {@link ALL_NAMES} and the
 * digest of its name.
 */
export const rowTypesOf = ({ kind, type }: Pick<HistoryEvent, 'kind' | 'type'>): readonly string[] =>
  isNamedKind(kind) ? [ALL_NAMES, nameDigest(type)] : [type];

/** Whether a row counts the events of a single name. */
export const isOfName = ({ kind, type }: Pick<Cell, 'kind' | 'type'>): boolean =>
  isNamedKind(kind) && type !== ALL_NAMES;

/** The counters of a row's type that an event of a time increments. */
export const cellsOfRow = ({
  kind,
  type,
  occurredAt,
}: Pick<HistoryEvent, 'kind' | 'type' | 'occurredAt'>) => {
  const iso = new Date(occurredAt).toISOString();
  const day: Cell = { kind, unit: 'day', period: iso.slice(0, 7), type, field: iso.slice(8, 10) };
  const hour: Cell = { kind, unit: 'hour', period: iso.slice(0, 10), type, field: iso.slice(11, 13) };
  return [day, hour] as const;
};

/** The counters that an event increments. */
export const cellsOf = (event: Pick<HistoryEvent, 'kind' | 'type' | 'occurredAt'>): Cell[] =>
  rowTypesOf(event).flatMap((type) => cellsOfRow({ ...event, type }));

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

const namePartition = (
  { orgId, generation, kind, unit }: RollupSeries,
  shard: RollupShard,
  bucket: number,
): string => `${orgId}#${generation}#${kind}#${unit}#name#${shard}#${bucket}`;

/** All partitions of a shard's rows of names. */
export const namePartitions = (series: RollupSeries, shard: RollupShard): string[] =>
  Array.from({ length: NAME_BUCKETS[series.unit] }, (_, bucket) => namePartition(series, shard, bucket));

/** The partitions of a shard that have the rows of one name, by the digest of the name. */
export const partitionsOfName = (series: RollupSeries, shard: RollupShard, digest: string): string[] =>
  nameBuckets(series.unit, digest).map((bucket) => namePartition(series, shard, bucket));

/** The key of the item that holds a cell. */
export const rollupKey = (
  orgId: string,
  generation: number,
  shard: RollupShard,
  { kind, unit, period, type }: Omit<Cell, 'field'>,
): RollupKey => {
  if (isOfName({ kind, type })) {
    const pk = namePartition({ orgId, generation, kind, unit }, shard, nameBucket(unit, type, period));
    return { pk, sk: nameSk(type, period) };
  }
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
