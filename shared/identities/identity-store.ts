/**
 * The identity table: which contact an identity belongs to. It has one small item for each identity.
 *
 * | attribute | holds |
 * | --- | --- |
 * | `pk` | `{orgId}#{shard}`, by {@link shardOfContact} of the identity's id |
 * | `sk` | the identity's id |
 * | `c` | the id of the contact that it belongs to: straight, since a merge changes the items of the contact that goes |
 * | `m` | true if the contact may have several identities; absent if this is its only one |
 *
 * The item is written in one transaction with the contact and its standing: if the identity exists, both of them exist.
 * Items are never deleted. Reads are strongly consistent, so a contact is found as soon as its creation has been
 * acknowledged; a look-up costs one read unit, regardless of the contact's size.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Budgeted, batchGet, partitionPage } from '../aws/dynamodb.ts';
import type { RetryBudget } from '../aws/retry.ts';
import { type Found, foundOf, identityKey, identityPartition, idOf } from './identity-item.ts';
import type { IdPage } from './shard-pages.ts';

/** The identity table. */
export interface IdentityStore {
  /**
   * Finds the contacts that identities belong to; identities that do not exist are missing from the result.
   * @param ids - the ids of identities, each once; groups are looked up while later ones are produced
   * @throws OutOfTimeError
   */
  find(
    orgId: string,
    ids: readonly string[] | AsyncIterable<readonly string[]>,
    options: Budgeted,
  ): Promise<ReadonlyMap<string, Found>>;

  /**
   * Reads a page of the ids of all identities in one shard of an organisation, in ascending order. Strongly consistent.
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
   * Like {@link idsOfShard}, but only the ids of contacts: of each contact, the identity whose id is its own. A page
   * may have fewer than `limit` ids, or none, although it is not the last one.
   */
  contactsOfShard: IdentityStore['idsOfShard'];
}

async function* keysOf(orgId: string, groups: AsyncIterable<readonly string[]>) {
  for await (const ids of groups) yield ids.map((id) => identityKey(orgId, id));
}

/** Creates the store of the identity table. */
export const createIdentityStore = (client: DynamoDBClient, table: string): IdentityStore => {
  const pageOf = async (
    orgId: string,
    shard: number,
    limit: number,
    after: string | undefined,
    budget: RetryBudget | undefined,
  ) => {
    const pk = identityPartition(orgId, shard);
    return partitionPage(client, { table, pk, limit, after, consistent: true }, budget);
  };

  return {
    async find(orgId, ids, options) {
      const keys = Symbol.asyncIterator in ids ? keysOf(orgId, ids) : ids.map((id) => identityKey(orgId, id));
      // Contacts are imported just before their events: an eventually consistent read may not find them yet.
      const items = await batchGet(table, keys, { client, ...options, consistent: true });
      return new Map(items.map((item) => [idOf(item), foundOf(item)]));
    },

    async idsOfShard(orgId, shard, limit, after, budget) {
      const { items, next } = await pageOf(orgId, shard, limit, after, budget);
      return { ids: items.map(idOf), next };
    },

    async contactsOfShard(orgId, shard, limit, after, budget) {
      const { items, next } = await pageOf(orgId, shard, limit, after, budget);
      const own = items.filter((item) => foundOf(item).contactId === idOf(item));
      return { ids: own.map(idOf), next };
    },
  };
};
