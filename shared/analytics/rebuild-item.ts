import { hash } from 'node:crypto';
import * as v from 'valibot';
import { numberAttribute, textAttribute } from '../aws/attributes.ts';
import type { Item } from '../aws/dynamodb.ts';
import { fromHoursText, type HourCell, type HourCounts, hourCellOf, toHoursText } from './hour-counts.ts';
import type { NewEvent } from './stream-record.ts';

/**
 * What a rebuild and the consumer tell each other, in the rollup table: rows of `pk` = `rebuild#{orgId}#{generation}#{shard}`.
 *
 * | sk | what |
 * | --- | --- |
 * | `{contactId}#consumer#{recordId}` | events that the consumer has counted in the generation before the contact was read |
 * | `{contactId}#rebuild` | which events the rebuild has counted, and how many in each hour; never changed once it is there |
 * | `{contactId}#rebuild#{attempt}#{part}` | more of these, where they are many; those of other attempts than the row above names are void |
 *
 * A contact's stand together, the consumer's first. What is added up of a shard is in `pk` = `sum#{orgId}#{generation}`.
 */
export const REBUILD_SHARDS = 64;

/**
 * Rows go after a week: what a rebuild counted is looked up until the stream has delivered all records that were made before
 * it was switched to, a day later; see MAX_REBUILD_MS.
 */
const KEPT_MS = 7 * 24 * 3_600_000;

/** The attribute by which DynamoDB deletes a row. */
export const rebuildExpiry = (now: number): Item => ({
  expiresAt: { N: String(Math.floor((now + KEPT_MS) / 1_000)) },
});

/** Events are kept as 64 bits of SHA-256 of their sort keys: of a contact's million two meet with a chance of 3·10^-8. */
export const HASH_BYTES = 8;

/** @param sk - an event's sort key, unique among its contact's */
export const eventHash = (sk: string): string => hash('sha256', sk, 'buffer').toString('hex', 0, HASH_BYTES);

export const rebuildPartition = (orgId: string, generation: number, shard: number): string =>
  `rebuild#${orgId}#${generation}#${shard}`;

export const sumPartition = (orgId: string, generation: number): string => `sum#${orgId}#${generation}`;

/** Of ten million contacts of an organisation a shard has some 160,000, or 200 MB at 100 events each: a minute's reading. */
const shardOf = (contactId: string): number =>
  hash('sha256', contactId, 'buffer').readUInt32BE(0) % REBUILD_SHARDS;

const keyOf = (orgId: string, generation: number, contactId: string, rest: string): Item => ({
  pk: { S: rebuildPartition(orgId, generation, shardOf(contactId)) },
  sk: { S: `${contactId}#${rest}` },
});

/** The key of what the rebuild has counted of a contact. */
export const countedKey = (orgId: string, generation: number, contactId: string): Item =>
  keyOf(orgId, generation, contactId, 'rebuild');

/** The key of a part of it. */
export const partKey = (
  orgId: string,
  generation: number,
  contactId: string,
  attempt: string,
  part: number,
): Item => keyOf(orgId, generation, contactId, `rebuild#${attempt}#${part}`);

/** Some of a contact's events that a rebuild has counted: the hashes stand one after the other. */
export interface CountedPart {
  readonly hashes: Uint8Array;
  readonly hours: HourCounts;
}

export const toPartItem = ({ hashes, hours }: CountedPart): Item => ({
  hashes: { B: hashes },
  hours: { S: toHoursText(hours) },
});

/** Hashes that stand one after the other, in hex. */
export function* unpackHashes(packed: Uint8Array): Generator<string> {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  for (let at = 0; at < bytes.length; at += HASH_BYTES) yield bytes.toString('hex', at, at + HASH_BYTES);
}

const binaryAttribute = v.pipe(
  v.object({ B: v.instance(Uint8Array) }),
  v.transform(({ B }) => B),
);

const hoursAttribute = v.pipe(textAttribute, v.transform(fromHoursText));

/** What of a row is needed to look an event up. */
export const CountedHashesSchema = v.object({
  sk: textAttribute,
  hashes: binaryAttribute,
  attempt: textAttribute,
  parts: numberAttribute,
});

/** The rows of a contact that the consumer has written. */
const noteSk = (contactId: string, recordId: string): string => `${contactId}#consumer#${recordId}`;

/** An event that the consumer has counted, by its hash and place. */
export interface NotedEvent extends HourCell {
  readonly hash: string;
}

/** Events of one contact that the consumer counts in a transaction, while a rebuild has yet to read the contact. */
export interface Note {
  readonly generation: number;
  readonly contactId: string;
  readonly events: readonly NewEvent[];
}

const NotedSchema = v.array(v.tuple([v.string(), v.string(), v.number()]));

/**
 * The key is new: it has a record's id, and a record is counted once. It is kept for a week from when the record was made, which is
 * a day before the rebuild at most.
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

/** A row as it is added up. */
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

/** @throws v.ValiError when it is none */
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
