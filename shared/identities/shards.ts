import { hash } from 'node:crypto';
import * as v from 'valibot';
import { CONTACT_ID } from './contact-id.ts';

/**
 * The contacts of an organisation are spread over this many partitions of the identity table, and those of a segment
 * over as many of the member table. One partition takes 3,000 read units a second, and each contact that an import names
 * costs one: at 40,000 events a second of one organisation, each of another contact, a partition serves
 * 40,000 / 16 = 2,500. It is part of keys, so it cannot be changed without rewriting them.
 */
export const ORG_SHARDS = 16;

/**
 * The contacts of an organisation are spread over this many partitions of the index `byRank`. One partition takes 1,000
 * write units a second and a changed rank costs two: eight take 4,000 refreshes a second of one organisation, and a list
 * in order of rank is still a merge of only eight queries. It is part of keys, so it cannot be changed without rewriting them.
 */
const RANK_SHARDS = 8;

/** Contacts that are due, of all organisations together, are spread over this many partitions. */
const DUE_SHARDS = 16;

const shardOf = (text: string, shards: number): number =>
  hash('sha256', text, 'buffer').readUInt32BE(0) % shards;

/** The shard of a contact, or of what identifies one, among its organisation's {@link ORG_SHARDS}. */
export const shardOfContact = (id: string): number => shardOf(id, ORG_SHARDS);

/** The partition of `byRank` that a contact of an organisation is in. */
export const rankShard = (orgId: string, contactId: string): string =>
  `${orgId}#${shardOf(contactId, RANK_SHARDS)}`;

/** All partitions of `byRank` of an organisation. */
export const rankShards = (orgId: string): string[] =>
  Array.from({ length: RANK_SHARDS }, (_, shard) => `${orgId}#${shard}`);

/** The partition in which a contact waits to be due. */
export const dueShard = (orgId: string, contactId: string): string =>
  `due#${shardOf(`${orgId}#${contactId}`, DUE_SHARDS)}`;

/** All partitions of contacts that wait to be due. */
export const dueShards = (): string[] => Array.from({ length: DUE_SHARDS }, (_, shard) => `due#${shard}`);

/** A position in a list that goes shard after shard, in each by id: the shard, and the contact after which. */
export const ShardPositionSchema = v.strictTuple([
  v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(ORG_SHARDS - 1)),
  v.nullable(v.pipe(v.string(), v.regex(CONTACT_ID))),
]);

/** See {@link ShardPositionSchema}. */
export type ShardPosition = Readonly<v.InferOutput<typeof ShardPositionSchema>>;
