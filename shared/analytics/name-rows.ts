import { hash } from 'node:crypto';
import { type EventKind, isNamed } from '../events/event-kind.ts';
import { EVENT_KINDS, type Kind } from '../events/kinds.ts';
import { shardOf } from '../identities/shards.ts';
import { DAY_MS } from './interval.ts';
import type { Unit } from './units.ts';

/**
 * The rows of single names. There is no bound for the number of names, so their rows are keyed by name: who reads one
 * name reads no other. docs/adr/0020-charts-of-unbounded-names.md has the reasons for the numbers.
 */

/** Whether the types of a kind are names, of which there may be any number. */
export const isNamedKind = (kind: Kind): boolean => {
  const { types }: EventKind = EVENT_KINDS[kind];
  return isNamed(types);
};

/** 96 bits: among a billion (10^9) names of one organisation, the probability of a collision is one in 10^11. */
const DIGEST_CHARACTERS = 16;

/** The digest of a name, which has the same length for all names and no `#`. */
export const nameDigest = (name: string): string =>
  hash('sha256', name, 'base64url').slice(0, DIGEST_CHARACTERS);

/**
 * The number of partitions over which the rows of one name in a shard are spread, by period. A transaction of one name
 * has up to 49 rows of hours, each of another day; rows of days are a month each, so that few suffice, and all candidates
 * of a chart are read from them.
 */
const SPREAD: Readonly<Record<Unit, number>> = { day: 1, hour: 8 };

/** The number of partitions of a shard's rows of names, by unit. */
export const NAME_BUCKETS: Readonly<Record<Unit, number>> = { day: 16, hour: 32 };

/**
 * The maximum number of rows of one of these partitions in a transaction: a shard commits some 50 transactions a second,
 * and each row costs two write units, which makes 900 of the partition's 1,000.
 */
export const MAX_ROWS_OF_PARTITION = 9;

const firstBucket = (unit: Unit, digest: string): number =>
  shardOf(digest, NAME_BUCKETS[unit] / SPREAD[unit]) * SPREAD[unit];

/** The numbers of the partitions that have the rows of a name. */
export const nameBuckets = (unit: Unit, digest: string): number[] =>
  Array.from({ length: SPREAD[unit] }, (_, nth) => firstBucket(unit, digest) + nth);

/** The number of the partition that has the row of a name and a period. Days that follow one another are in different ones. */
export const nameBucket = (unit: Unit, digest: string, period: string): number => {
  const spread = SPREAD[unit];
  if (spread === 1) return firstBucket(unit, digest);
  const day = Math.floor(Date.parse(`${period}T00:00:00Z`) / DAY_MS) % spread;
  return firstBucket(unit, digest) + ((day + spread) % spread);
};

/** The sort key of the row of a name and a period; the rows of a name are in the order of their periods. */
export const nameSk = (digest: string, period: string): string => `${digest}#${period}`;
