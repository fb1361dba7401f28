import { hash } from 'node:crypto';
import * as v from 'valibot';
import { CONTACT_ID } from './contact-id.ts';

/**
 * An organisation's contacts are spread over this many partitions of each index, since one partition takes 1,000 write
 * units a second and a changed rank two of them: eight take 4,000 refreshes a second of one organisation, and a list in order
 * is still a merge of only eight queries. It is part of the keys, so it cannot be changed without rewriting them.
 */
export const ORG_SHARDS = 8;

/** Contacts that are due, of all organisations together, are spread over this many partitions. */
export const DUE_SHARDS = 16;

const shardOf = (text: string, shards: number): number =>
  hash('sha256', text, 'buffer').readUInt32BE(0) % shards;

/** The shard of a contact among its organisation's. */
export const shardOfContact = (contactId: string): number => shardOf(contactId, ORG_SHARDS);

/** The index partition of a contact of an organisation. */
export const orgShard = (orgId: string, contactId: string): string => `${orgId}#${shardOfContact(contactId)}`;

/** All index partitions of an organisation. */
export const orgShards = (orgId: string): string[] =>
  Array.from({ length: ORG_SHARDS }, (_, shard) => `${orgId}#${shard}`);

/** The partition in which a contact waits to be due. */
export const dueShard = (orgId: string, contactId: string): string =>
  `due#${shardOf(`${orgId}#${contactId}`, DUE_SHARDS)}`;

/** A position in a list that goes shard after shard, in each by id: the shard, and the contact after which. */
export const ShardPositionSchema = v.strictTuple([
  v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(ORG_SHARDS - 1)),
  v.nullable(v.pipe(v.string(), v.regex(CONTACT_ID))),
]);

/** All partitions of contacts that wait to be due. */
export const dueShards = (): string[] => Array.from({ length: DUE_SHARDS }, (_, shard) => `due#${shard}`);
