/**
 * The identity table: *that* a contact exists. It has one small item for each identity of a contact; currently the
 * only identity is the id that is derived from the email address.
 *
 * | attribute | holds |
 * | --- | --- |
 * | `pk` | `{orgId}#{shard}`, by {@link shardOfContact} of the identity |
 * | `sk` | `{identityId}`: currently the contact id of the address |
 * | `c` | the contact that it belongs to: currently always the same id |
 *
 * An identity is written last, after the contact's item and its standing: if the identity exists, both of them exist.
 * Reads are strongly consistent, so a contact is found as soon as its creation has been acknowledged; an existence
 * check costs one read unit, regardless of the contact's size. Imports of contacts write this table.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Budgeted, batchGet, batchPut, type Item, queryPage } from '../aws/dynamodb.ts';
import type { RetryBudget } from '../aws/retry.ts';
import type { IdPage } from './shard-pages.ts';
import { shardOfContact } from './shards.ts';

/** The identity table. */
export interface IdentityStore {
  /**
   * Returns the contacts that exist in the organisation.
   * @param contactIds - the contacts to look up, each once; groups are looked up while later ones are produced
   * @throws OutOfTimeError
   */
  existing(
    orgId: string,
    contactIds: readonly string[] | AsyncIterable<readonly string[]>,
    options: Budgeted,
  ): Promise<ReadonlySet<string>>;

  /**
   * Reads a page of the ids of the contacts in one shard of an organisation, in ascending order. Strongly consistent.
   * @param after - the id after which the page begins
   * @param budget - the time for reading the page. @default - ten seconds
   */
  idsOfShard(
    orgId: string,
    shard: number,
    limit: number,
    after?: string,
    budget?: RetryBudget,
  ): Promise<IdPage>;

  /**
   * Records that contacts exist; safe to repeat. Their items and standings must have been stored before.
   * @returns the ids that were stored; those that could not be stored in time are missing
   */
  put(orgId: string, contactIds: readonly string[], options: Budgeted): Promise<ReadonlySet<string>>;
}

const partitionOf = (orgId: string, shard: number): string => `${orgId}#${shard}`;

const identityKey = (orgId: string, id: string): Item => ({
  pk: { S: partitionOf(orgId, shardOfContact(id)) },
  sk: { S: id },
});

/** The item that records that a contact exists; every import writes the same item. */
export const identityItem = (orgId: string, contactId: string): Item => ({
  ...identityKey(orgId, contactId),
  c: { S: contactId },
});

const idOf = ({ sk }: Item): string => sk?.S ?? '';

async function* keysOf(orgId: string, groups: AsyncIterable<readonly string[]>) {
  for await (const ids of groups) yield ids.map((id) => identityKey(orgId, id));
}

/** Creates the store of the identity table. */
export const createIdentityStore = (client: DynamoDBClient, table: string): IdentityStore => ({
  async existing(orgId, contactIds, options) {
    const keys =
      Symbol.asyncIterator in contactIds
        ? keysOf(orgId, contactIds)
        : contactIds.map((id) => identityKey(orgId, id));
    // Contacts are imported just before their events: an eventually consistent read may not find them yet.
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
