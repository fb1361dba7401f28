import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { textAttribute } from '../aws/attributes.ts';
import { queryAll } from '../aws/dynamodb.ts';
import { isWritten, transactWrite, updateItem } from '../aws/writes.ts';
import { INDEX } from '../deployment/names.ts';

/**
 * The key table.
 *
 * | pk | what |
 * | --- | --- |
 * | `key#{SHA-256 of the key}` | a key: its organisation, id, label, first characters, times of creation and revocation |
 * | `org#{orgId}` | an organisation: its name |
 * | `name#{name}` | the organisation of that name; makes names unique |
 *
 * The index `byOrg` (orgId, keyId) lists an organisation's keys.
 */
const KeyItemSchema = v.object({
  orgId: textAttribute,
  keyId: textAttribute,
  label: textAttribute,
  prefix: textAttribute,
  createdAt: textAttribute,
  revokedAt: v.optional(textAttribute),
});

/** A stored key: everything but the key itself. */
export type StoredKey = v.InferOutput<typeof KeyItemSchema>;

const OrgItemSchema = v.pipe(
  v.object({ orgId: textAttribute, name: textAttribute, createdAt: textAttribute }),
  v.transform(({ orgId, ...rest }) => ({ id: orgId, ...rest })),
);

/** An organisation. */
export type Organisation = v.InferOutput<typeof OrgItemSchema>;

/** The owner of a valid key. */
export interface KeyOwner {
  readonly orgId: string;
  readonly keyId: string;
}

/** Thrown when two concurrent calls create an organisation of the same name. */
export class NameTakenError extends Error {
  override readonly name = 'NameTakenError';
}

/** Organisations and their keys. */
export interface KeyStore {
  /** The owner of the key with this digest; undefined if the key is unknown or revoked. */
  ownerOf(digest: string): Promise<KeyOwner | undefined>;
  /** The organisation with this name; undefined if there is none. */
  organisation(name: string): Promise<Organisation | undefined>;
  /** @throws {@link NameTakenError} */
  createOrganisation(organisation: Organisation): Promise<void>;
  /** Stores a key under its digest. */
  createKey(digest: string, key: Omit<StoredKey, 'revokedAt'>): Promise<void>;
  /** All keys of an organisation, including revoked ones. */
  keysOf(orgId: string): Promise<StoredKey[]>;
  /** Revokes a key. @returns false if the organisation has no such key, or it was revoked before */
  revoke(orgId: string, keyId: string, at: string): Promise<boolean>;
}

/** Creates the store of the key table. */
export const createKeyStore = (client: DynamoDBClient, table: string): KeyStore => {
  const get = async (pk: string) => {
    // Strongly consistent, so that a revoked key is refused at the authorizer's next look-up.
    const command = new GetItemCommand({
      TableName: table,
      Key: { pk: { S: pk } },
      ConsistentRead: true,
    });
    return (await client.send(command)).Item;
  };

  const indexed = (orgId: string) =>
    queryAll(client, {
      TableName: table,
      IndexName: INDEX.keysByOrg,
      KeyConditionExpression: 'orgId = :org',
      ExpressionAttributeValues: { ':org': { S: orgId } },
    });

  return {
    async ownerOf(digest) {
      const item = await get(`key#${digest}`);
      if (item === undefined) return undefined;
      const { orgId, keyId, revokedAt } = v.parse(KeyItemSchema, item);
      return revokedAt === undefined ? { orgId, keyId } : undefined;
    },

    async organisation(name) {
      const taken = await get(`name#${name}`);
      if (taken === undefined) return undefined;
      const item = await get(`org#${taken['of']?.S}`);
      return item && v.parse(OrgItemSchema, item);
    },

    async createOrganisation({ id, name, createdAt }) {
      const isNew = 'attribute_not_exists(pk)';
      const put = (Item: Record<string, { S: string }>) => ({
        Put: { TableName: table, Item, ConditionExpression: isNew },
      });
      const items = [
        put({ pk: { S: `name#${name}` }, of: { S: id } }),
        put({
          pk: { S: `org#${id}` },
          orgId: { S: id },
          name: { S: name },
          createdAt: { S: createdAt },
        }),
      ];
      if (await isWritten(() => transactWrite(client, items))) return;
      throw new NameTakenError(`An organisation named "${name}" already exists`);
    },

    async createKey(digest, { orgId, keyId, label, prefix, createdAt }) {
      // Unconditional, since a random key has a digest of its own, so that an attempt whose answer was lost can be repeated.
      await updateItem(client, {
        TableName: table,
        Key: { pk: { S: `key#${digest}` } },
        UpdateExpression: 'SET orgId = :org, keyId = :id, label = :label, prefix = :prefix, createdAt = :at',
        ExpressionAttributeValues: {
          ':org': { S: orgId },
          ':id': { S: keyId },
          ':label': { S: label },
          ':prefix': { S: prefix },
          ':at': { S: createdAt },
        },
      });
    },

    async keysOf(orgId) {
      return (await indexed(orgId)).map((item) => v.parse(KeyItemSchema, item));
    },

    async revoke(orgId, keyId, at) {
      const items = await indexed(orgId);
      const pk = items.find((item) => item['keyId']?.S === keyId && item['revokedAt'] === undefined)?.['pk'];
      if (pk === undefined) return false;
      await updateItem(client, {
        TableName: table,
        Key: { pk },
        UpdateExpression: 'SET revokedAt = if_not_exists(revokedAt, :at)',
        ExpressionAttributeValues: { ':at': { S: at } },
      });
      return true;
    },
  };
};
