import { hash } from 'node:crypto';
import * as v from 'valibot';
import { binaryAttribute, numberAttribute, textAttribute } from '../aws/attributes.ts';
import type { Item } from '../aws/dynamodb.ts';
import { fromHoursText, type HourCell, type HourCounts, hourCellOf, toHoursText } from './hour-counts.ts';
import type { NewEvent } from './stream-record.ts';

/**
 * The rows by which a rebuild and the consumer coordinate, in the rollup table, with `pk` =
 * `rebuild#{orgId}#{generation}#{shard}`.
 *
 * | sk | content |
 * | --- | --- |
 * | `{contactId}#consumer#{recordId}` | events that the consumer counted in the generation before the contact was read |
 * | `{contactId}#rebuild` | the events that the rebuild has counted, and their number in each hour; never changed |
 * | `{contactId}#rebuild#{attempt}#{part}` | more of these if one item cannot hold them; only parts of the attempt that the row above names are valid |
 *
 * The rows of a contact are adjacent, the consumer's first. The sum of a shard is in parts, by slices of the series, each
 * in a partition of its own, since it has up to 256 KB: `pk` = `sum#{orgId}#{generation}#{shard}#{slice}.{part}`, `sk` =
 * `sum`. The last row to be stored, `pk` = `sum#{orgId}#{generation}#{shard}#index`, has the number of parts of each slice.
 *
 * Sizing: with ten million contacts in an organisation a shard has some 160,000, or 200 MB at 100 events
 * each: 50,000 read units, which are read in half a minute.
 */
export const REBUILD_SHARDS = 64;

/**
 * How long rows are kept: a week, in ms. They are looked up until the stream has delivered all records that
 * were created before the switch to the generation, which takes up to a day; see MAX_REBUILD_MS.
 */
const KEPT_MS = 7 * 24 * 3_600_000;

/** The TTL attribute, by which DynamoDB deletes a row a week after a time (ms since 1970). */
export const rebuildExpiry = (now: number): Item => ({
  expiresAt: { N: String(Math.floor((now + KEPT_MS) / 1_000)) },
});

/**
 * Events are stored as 64 bits of the SHA-256 of their sort keys: among a contact's million events the
 * probability of a collision is 3·10^-8.
 */
export const HASH_BYTES = 8;

/**
 * The hash of an event, in hex.
 * @param sk - its sort key, which is unique within its contact
 */
export const eventHash = (sk: string): string => hash('sha256', sk, 'buffer').toString('hex', 0, HASH_BYTES);

/** The partition of a shard of a rebuild's rows. */
export const rebuildPartition = (orgId: string, generation: number, shard: number): string =>
  `rebuild#${orgId}#${generation}#${shard}`;

const sumKey = (orgId: string, generation: number, shard: number, part: string): Item => ({
  pk: { S: `sum#${orgId}#${generation}#${shard}#${part}` },
  sk: { S: 'sum' },
});

/** The key of a part of a slice of the sum of a shard. */
export const sumPartKey = (
  orgId: string,
  generation: number,
  { shard, slice, part }: { readonly shard: number; readonly slice: number; readonly part: number },
): Item => sumKey(orgId, generation, shard, `${slice}.${part}`);

/** The key of the index of the sum of a shard. */
export const sumIndexKey = (orgId: string, generation: number, shard: number): Item =>
  sumKey(orgId, generation, shard, 'index');

/** The size of a slice of a sum. */
export interface SliceSize {
  readonly parts: number;
  readonly cells: number;
}

/** The attributes of the index of a sum. @param slices - in order */
export const toSumIndex = (shard: number, slices: readonly SliceSize[]): Item => ({
  shard: { N: String(shard) },
  slices: { S: JSON.stringify(slices.map(({ parts, cells }) => [parts, cells])) },
});

const SlicesSchema = v.array(v.tuple([v.number(), v.number()]));
const SumIndexSchema = v.object({ shard: numberAttribute, slices: textAttribute });

/**
 * Parses the index of a sum.
 * @throws v.ValiError if it is not one
 */
export const fromSumIndex = (
  item: Item,
): { readonly shard: number; readonly slices: readonly SliceSize[] } => {
  const { shard, slices } = v.parse(SumIndexSchema, item);
  return {
    shard,
    slices: v.parse(SlicesSchema, JSON.parse(slices)).map(([parts, cells]) => ({ parts, cells })),
  };
};

/** The shard of a contact. */
const shardOf = (contactId: string): number =>
  hash('sha256', contactId, 'buffer').readUInt32BE(0) % REBUILD_SHARDS;

const keyOf = (orgId: string, generation: number, contactId: string, rest: string): Item => ({
  pk: { S: rebuildPartition(orgId, generation, shardOf(contactId)) },
  sk: { S: `${contactId}#${rest}` },
});

/** The key of the events of a contact that a rebuild has counted. */
export const countedKey = (orgId: string, generation: number, contactId: string): Item =>
  keyOf(orgId, generation, contactId, 'rebuild');

/** The key of a further part of these. */
export const partKey = (
  orgId: string,
  generation: number,
  contactId: string,
  attempt: string,
  part: number,
): Item => keyOf(orgId, generation, contactId, `rebuild#${attempt}#${part}`);

/** Some of the events of a contact that a rebuild has counted; `hashes` is their concatenated hashes. */
export interface CountedPart {
  readonly hashes: Uint8Array;
  readonly hours: HourCounts;
}

/** The attributes of a part. */
export const toPartItem = ({ hashes, hours }: CountedPart): Item => ({
  hashes: { B: hashes },
  hours: { S: toHoursText(hours) },
});

/** Splits concatenated hashes, each in hex. */
export function* unpackHashes(packed: Uint8Array): Generator<string> {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  for (let at = 0; at < bytes.length; at += HASH_BYTES) yield bytes.toString('hex', at, at + HASH_BYTES);
}

const hoursAttribute = v.pipe(textAttribute, v.transform(fromHoursText));

/** The attributes of a row that looking up an event requires. */
export const CountedHashesSchema = v.object({
  sk: textAttribute,
  hashes: binaryAttribute,
  attempt: textAttribute,
  parts: numberAttribute,
});

/** The sort key of a row that the consumer writes. */
const noteSk = (contactId: string, recordId: string): string => `${contactId}#consumer#${recordId}`;

/** An event that the consumer has counted: its hash and cell. */
export interface NotedEvent extends HourCell {
  readonly hash: string;
}

/** Events of one contact that the consumer counts in a transaction before a rebuild has read the contact. */
export interface Note {
  readonly generation: number;
  readonly contactId: string;
  readonly events: readonly NewEvent[];
}

const NotedSchema = v.array(v.tuple([v.string(), v.string(), v.number()]));

/**
 * The item of a note. Its key is unique: it contains the id of a record, and each record is counted once. It
 * is kept for a week from the creation of the record, which is at most a day before the rebuild.
 */
export const toNoteItem = (orgId: string, { generation, contactId, events }: Note): Item => {
  const noted = events.map((event) => {
    const { series, hour } = hourCellOf(event);
    return [eventHash(event.sk), series, hour];
  });
  const { recordId, second } = events[0] as NewEvent;
  return {
    pk: { S: rebuildPartition(orgId, generation, shardOf(contactId)) },
    sk: { S: noteSk(contactId, recordId) },
    events: { S: JSON.stringify(noted) },
    ...rebuildExpiry(second * 1_000),
  };
};

/** A parsed row, to be added up. */
export type RebuildRow =
  | { readonly kind: 'noted'; readonly contactId: string; readonly events: readonly NotedEvent[] }
  | {
      readonly kind: 'counted';
      readonly contactId: string;
      readonly attempt: string;
      readonly parts: number;
      readonly part: CountedPart;
    }
  | {
      readonly kind: 'part';
      readonly contactId: string;
      readonly attempt: string;
      readonly part: CountedPart;
    };

const PartSchema = v.object({ hashes: binaryAttribute, hours: hoursAttribute });
const CountedSchema = v.object({ attempt: textAttribute, parts: numberAttribute });

/**
 * Parses a row of a rebuild.
 * @throws v.ValiError if it is not one
 */
export const fromRebuildItem = (item: Item): RebuildRow => {
  const sk = v.parse(textAttribute, item['sk']);
  const [contactId = '', writer, attempt] = sk.split('#');
  if (writer === 'consumer') {
    const noted = v.parse(NotedSchema, JSON.parse(v.parse(textAttribute, item['events'])));
    return {
      kind: 'noted',
      contactId,
      events: noted.map(([hash, series, hour]) => ({ hash, series, hour })),
    };
  }
  const part = v.parse(PartSchema, item);
  return attempt === undefined
    ? { kind: 'counted', contactId, part, ...v.parse(CountedSchema, item) }
    : { kind: 'part', contactId, attempt, part };
};
