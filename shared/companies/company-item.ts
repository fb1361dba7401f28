/**
 * The items of the company table: companies, which clients call groups or objects, and who belongs to them.
 *
 * | attribute of a company | holds |
 * | --- | --- |
 * | `pk` | `{orgId}#{shard}` |
 * | `sk` | the sender's id of the company |
 * | `version` | counts changes, from 1 |
 * | `traits` | a map from names to values with the times of their last changes, see contacts/timed.ts |
 * | `createdAt` `updatedAt` | ms since 1970 |
 *
 * A row of a member has a key only: `{orgId}#members#{digest of the company's id}#{shard}` and the id of the identity that was
 * sent as a member. It is never deleted: the contact of the identity says whether it still belongs to the company, and which of
 * the rows of its identities is the one that counts.
 */
import { hash } from 'node:crypto';
import * as v from 'valibot';
import { numberAttribute, textAttribute } from '../aws/attributes.ts';
import type { Item } from '../aws/dynamodb.ts';
import { textsOf } from '../contacts/timed.ts';
import { timedAttribute, timedMap } from '../contacts/timed-item.ts';
import { CONTACT_ID } from '../identities/contact-id.ts';
import { type ShardPosition, shardOf, shardPosition } from '../identities/shards.ts';
import { type CompanyState, isGroupId } from './company-state.ts';

/**
 * The number of shards of an organisation's companies, and of a company's members. One partition accepts 1,000 write units a
 * second: 16 accept as many new members of one company as imports create contacts. Keys contain the shard, so the number cannot
 * be changed without rewriting them.
 */
export const COMPANY_SHARDS = 16;

/** A company as readers see it. */
export interface Company {
  readonly groupId: string;
  /** JSON texts by name, in the order of the names. */
  readonly traits: ReadonlyMap<string, string>;
  /** ISO 8601: when it was first imported. */
  readonly createdAt: string;
  /** ISO 8601. */
  readonly updatedAt: string;
}

const shardOfCompany = (id: string): number => shardOf(id, COMPANY_SHARDS);

/** The partition of a shard of an organisation's companies. */
export const companyPartition = (orgId: string, shard: number): string => `${orgId}#${shard}`;

/** The key of a company's item. */
export const companyKey = (orgId: string, groupId: string): Item => ({
  pk: { S: companyPartition(orgId, shardOfCompany(groupId)) },
  sk: { S: groupId },
});

/** 128 bits of a hash: partition keys have a limited length, and ids of companies may contain anything. */
const digestOf = (groupId: string): string => hash('sha256', groupId, 'buffer').toString('base64url', 0, 16);

/** The partition of a shard of a company's members. */
export const memberPartition = (orgId: string, groupId: string, shard: number): string =>
  `${orgId}#members#${digestOf(groupId)}#${shard}`;

/** The row of a member. */
export const memberItem = (orgId: string, groupId: string, identityId: string): Item => ({
  pk: { S: memberPartition(orgId, groupId, shardOfCompany(identityId)) },
  sk: { S: identityId },
});

/** A position in the list of companies. */
export const CompanyPositionSchema = shardPosition(COMPANY_SHARDS, v.pipe(v.string(), v.check(isGroupId)));

/** A position in the list of the members of a company. */
export const CompanyMemberPositionSchema = shardPosition(
  COMPANY_SHARDS,
  v.pipe(v.string(), v.regex(CONTACT_ID)),
);

/** The position of a company, or of the identity of a member: the list continues after it. */
export const positionOfCompany = (id: string): ShardPosition => [shardOfCompany(id), id];

const CompanyItemSchema = v.pipe(
  v.object({
    sk: textAttribute,
    version: numberAttribute,
    traits: timedAttribute,
    createdAt: numberAttribute,
    updatedAt: numberAttribute,
  }),
  v.transform(({ sk, ...rest }): CompanyState => ({ groupId: sk, ...rest })),
);

/**
 * Reads an item of a company.
 * @throws v.ValiError if it is not a company
 */
export const companyOfItem = (item: Item): CompanyState => v.parse(CompanyItemSchema, item);

/** The item of a company's next version. */
export const companyItem = (
  orgId: string,
  { groupId, version, traits, createdAt, updatedAt }: CompanyState,
): Item => ({
  ...companyKey(orgId, groupId),
  version: { N: String(version + 1) },
  traits: timedMap(traits),
  createdAt: { N: String(createdAt) },
  updatedAt: { N: String(updatedAt) },
});

/** A company as readers see it. */
export const companyOf = ({ groupId, traits, createdAt, updatedAt }: CompanyState): Company => ({
  groupId,
  traits: new Map(textsOf(traits)),
  createdAt: new Date(createdAt).toISOString(),
  updatedAt: new Date(updatedAt).toISOString(),
});
