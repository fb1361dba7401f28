import * as v from 'valibot';
import { binaryAttribute, numberAttribute, textAttribute } from '../aws/attributes.ts';
import type { Item } from '../aws/dynamodb.ts';
import type { HistoryEvent, Kind } from '../events/kinds.ts';
import { shardOf } from '../identities/shards.ts';
import { type Draw, type NameSample, NUMBER_BYTES, numberOf } from './name-sample.ts';

/**
 * The number of samples of a month. A name is always in the same one, by its hash. So a batch of events writes only the
 * samples that it changes, each of at most 19 KB (32 names of 512 bytes, and their numbers).
 */
export const SAMPLE_SHARDS = 32;

/** The place of a sample. */
export interface SampleKey {
  readonly orgId: string;
  readonly kind: Kind;
  /** `yyyy-mm`. */
  readonly month: string;
  readonly shard: number;
}

/** The key of the item of a sample. */
export const sampleKey = ({ orgId, kind, month, shard }: SampleKey): Item => ({
  pk: { S: `names#${orgId}#${kind}#${month}#${shard}` },
  sk: { S: 'sample' },
});

/** The keys of all samples of a month. */
export const sampleKeys = (orgId: string, kind: Kind, month: string): Item[] =>
  Array.from({ length: SAMPLE_SHARDS }, (_, shard) => sampleKey({ orgId, kind, month, shard }));

/** An event to add to the sample of a key. */
export interface Offer {
  readonly key: SampleKey;
  readonly draw: Draw;
}

/**
 * The offer of an event.
 * @param event - `contactId` and `sk` identify it in its organisation
 */
export const offerOf = (
  orgId: string,
  {
    contactId,
    sk,
    kind,
    type,
    occurredAt,
  }: Pick<HistoryEvent, 'kind' | 'type' | 'occurredAt'> & { readonly contactId: string; readonly sk: string },
): Offer => ({
  key: {
    orgId,
    kind,
    month: new Date(occurredAt).toISOString().slice(0, 7),
    shard: shardOf(type, SAMPLE_SHARDS),
  },
  draw: { name: type, number: numberOf(`${contactId}#${sk}`) },
});

/** A stored sample. */
export interface StoredSample {
  /** Incremented by every write; 0 if it has none. */
  readonly version: number;
  readonly sample: NameSample;
}

const pack = (numbers: readonly number[]): Uint8Array => {
  const bytes = Buffer.alloc(numbers.length * NUMBER_BYTES);
  for (const [at, number] of numbers.entries()) bytes.writeUIntBE(number, at * NUMBER_BYTES, NUMBER_BYTES);
  return bytes;
};

const unpack = (packed: Uint8Array): number[] => {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  return Array.from({ length: bytes.length / NUMBER_BYTES }, (_, at) =>
    bytes.readUIntBE(at * NUMBER_BYTES, NUMBER_BYTES),
  );
};

/** The item of a sample. The names are a list, since any text may be a name, even one that JavaScript reserves for objects. */
export const toSampleItem = (key: SampleKey, { version, sample }: StoredSample): Item => ({
  ...sampleKey(key),
  version: { N: String(version) },
  limit: { N: String(sample.limit) },
  names: {
    L: [...sample.names].map(([name, numbers]) => ({ M: { n: { S: name }, h: { B: pack(numbers) } } })),
  },
});

const NameSchema = v.object({ M: v.object({ n: textAttribute, h: binaryAttribute }) });
const SampleSchema = v.object({
  version: numberAttribute,
  limit: numberAttribute,
  names: v.object({ L: v.array(NameSchema) }),
});

/**
 * Parses the item of a sample.
 * @throws v.ValiError if it is not one
 */
export const fromSampleItem = (item: Item): StoredSample => {
  const { version, limit, names } = v.parse(SampleSchema, item);
  return {
    version,
    sample: { limit, names: new Map(names.L.map(({ M: { n, h } }) => [n, unpack(h)])) },
  };
};
