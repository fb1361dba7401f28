import type { Item } from '../aws/dynamodb.ts';
import { shardOfContact } from './shards.ts';

/** The contact that an identity belongs to. */
export interface Found {
  readonly contactId: string;
  /** Whether the identity is the contact's only one, so that the contact's history is the identity's. */
  readonly isOnly: boolean;
}

/** The partition of a shard of an organisation's identities. */
export const identityPartition = (orgId: string, shard: number): string => `${orgId}#${shard}`;

/** The key of an identity's item. */
export const identityKey = (orgId: string, id: string): Item => ({
  pk: { S: identityPartition(orgId, shardOfContact(id)) },
  sk: { S: id },
});

/** The item of an identity; see identity-store.ts. */
export const identityItem = (orgId: string, id: string, { contactId, isOnly }: Found): Item => ({
  ...identityKey(orgId, id),
  c: { S: contactId },
  ...(!isOnly && { m: { BOOL: true } }),
});

/** The id of an identity's item. */
export const idOf = ({ sk }: Item): string => sk?.S ?? '';

/** The contact of an identity's item. */
export const foundOf = ({ c, m }: Item): Found => ({ contactId: c?.S ?? '', isOnly: m?.BOOL !== true });
