import { hash } from 'node:crypto';
import * as v from 'valibot';
import { CONTACT_ID } from './contact-id.ts';

/**
 * The number of shards of an organisation's contacts in the identity table, and of a segment's members in the member
 * table. One partition serves 3,000 read units a second, and each contact that an import names costs one: 40,000 events
 * a second of one organisation, each of another contact, are 1,250 for each shard. One partition accepts 1,000 write units
 * a second, and a contact that enters a segment costs two. Keys contain the shard, so the number cannot be changed without
 * rewriting them. docs/capacity.md has the worst rates of all keys.
 */
export const ORG_SHARDS = 32;

/**
 * The number of shards of an organisation's contacts in the index `byRank`. One partition accepts 1,000 write units a
 * second, and a changed rank costs two: 32 accept 16,000 refreshes a second of one organisation, more than all workers
 * make. A list in the order of rank merges as many queries. Keys contain the shard, so the number cannot be changed
 * without rewriting them.
 */
const RANK_SHARDS = 32;

/** The number of shards of the index `byDue`, which all organisations share; a changed due time costs two units as well. */
const DUE_SHARDS = 32;

/** The shard of a text among a number of them, the same each time. */
export const shardOf = (text: string, shards: number): number =>
  hash('sha256', text, 'buffer').readUInt32BE(0) % shards;

/** The shard of a contact or an identity, from 0 to {@link ORG_SHARDS} - 1. */
export const shardOfContact = (id: string): number => shardOf(id, ORG_SHARDS);

/** The partition key of a contact in `byRank`. */
export const rankShard = (orgId: string, contactId: string): string =>
  `${orgId}#${shardOf(contactId, RANK_SHARDS)}`;

/** All partition keys of an organisation in `byRank`. */
export const rankShards = (orgId: string): string[] =>
  Array.from({ length: RANK_SHARDS }, (_, shard) => `${orgId}#${shard}`);

/** The partition key of a contact in `byDue`. */
export const dueShard = (orgId: string, contactId: string): string =>
  `due#${shardOf(`${orgId}#${contactId}`, DUE_SHARDS)}`;

/** All partition keys of `byDue`. */
export const dueShards = (): string[] => Array.from({ length: DUE_SHARDS }, (_, shard) => `due#${shard}`);

/** A position in a list that is read shard by shard: the shard, and the id after which to continue in it. */
export const shardPosition = <const S extends v.GenericSchema<unknown, string>>(shards: number, id: S) =>
  v.strictTuple([v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(shards - 1)), v.nullable(id)]);

/** A position in a list that is read by the shards of contacts. */
export const ShardPositionSchema = shardPosition(ORG_SHARDS, v.pipe(v.string(), v.regex(CONTACT_ID)));

/** A position that satisfies {@link ShardPositionSchema}. */
export type ShardPosition = Readonly<v.InferOutput<typeof ShardPositionSchema>>;

/** The position of a contact in a list that is read by the shards of contacts: the list continues after it. */
export const positionOfContact = (contactId: string): ShardPosition => [shardOfContact(contactId), contactId];
