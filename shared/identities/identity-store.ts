/**
 * The identity table: *that* a contact exists. One small item for each identity of a contact; today its only one is the
 * id that its email address makes.
 *
 * | attribute | holds |
 * | --- | --- |
 * | `pk` | `{orgId}#{shard}`, by {@link shardOfContact} of the identity |
 * | `sk` | `{identityId}`: today the contact id of the address |
 * | `c` | the contact that it belongs to: today always the same id |
 *
 * An identity is written last, when the contact's item and its standing are stored: where there is an identity, there
 * are both. It is read strongly consistently, so what was created is found the moment its creation was answered; an
 * existence check costs one read unit however large the contact is. Written by imports of contacts.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Budgeted, batchGet, batchPut, type Item, queryPage } from '../aws/dynamodb.ts';
import type { RetryBudget } from '../aws/retry.ts';
import type { IdPage } from './shard-pages.ts';
import { shardOfContact } from './shards.ts';

/** Which contacts there are. */
export interface IdentityStore {
  /**
   * Which of the contacts exist in the organisation.
   * @param contactIds - no id twice; groups that come to be one by one are looked up meanwhile
   * @throws OutOfTimeError
   */
  existing(
    orgId: string,
    contactIds: readonly string[] | AsyncIterable<readonly string[]>,
    options: Budgeted,
  ): Promise<ReadonlySet<string>>;

  /**
   * Ids of an organisation's contacts, one shard's at a time, in the order of ids, those of this moment included.
   * @param after - the id after which to begin
   * @param budget - the time for reading them. @default - ten seconds
   */
  idsOfShard(
    orgId: string,
    shard: number,
    limit: number,
    after?: string,
    budget?: RetryBudget,
  ): Promise<IdPage>;

  /**
   * Says that contacts exist; safe to repeat. Their items and standings must be stored before.
   * @returns the ids that are stored; those that could not be stored in time are missing
   */
  put(orgId: string, contactIds: readonly string[], options: Budgeted): Promise<ReadonlySet<string>>;
}

const partitionOf = (orgId: string, shard: number): string => `${orgId}#${shard}`;

const identityKey = (orgId: string, id: string): Item => ({
  pk: { S: partitionOf(orgId, shardOfContact(id)) },
  sk: { S: id },
});

/** The item that says that a contact exists; the same whoever writes it. */
export const identityItem = (orgId: string, contactId: string): Item => ({
  ...identityKey(orgId, contactId),
  c: { S: contactId },
});

const idOf = ({ sk }: Item): string => sk?.S ?? '';

async function* keysOf(orgId: string, groups: AsyncIterable<readonly string[]>) {
  for await (const ids of groups) yield ids.map((id) => identityKey(orgId, id));
}

export const createIdentityStore = (client: DynamoDBClient, table: string): IdentityStore => ({
  async existing(orgId, contactIds, options) {
    const keys =
      Symbol.asyncIterator in contactIds
        ? keysOf(orgId, contactIds)
        : contactIds.map((id) => identityKey(orgId, id));
    // Contacts are imported just before their events: an eventually consistent read may not know them yet.
    const items = await batchGet(table, keys, { client, ...options, consistent: true });
    return new Set(items.map(idOf));
  },

  async idsOfShard(orgId, shard, limit, after, budget) {
    const input = {
      TableName: table,
      KeyConditionExpression: after === undefined ? 'pk = :pk' : 'pk = :pk AND sk > :after',
      ExpressionAttributeValues: {
        ':pk': { S: partitionOf(orgId, shard) },
        ...(after !== undefined && { ':after': { S: after } }),
      },
      Limit: limit,
      ConsistentRead: true,
    };
    const { Items = [], LastEvaluatedKey } = await queryPage(client, input, budget);
    return { ids: Items.map(idOf), next: LastEvaluatedKey && idOf(LastEvaluatedKey) };
  },

  async put(orgId, contactIds, options) {
    const items = contactIds.map((id) => identityItem(orgId, id));
    const left = new Set((await batchPut(table, items, { client, ...options })).map(idOf));
    return new Set(contactIds.filter((id) => !left.has(id)));
  },
});
