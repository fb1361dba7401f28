import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { type Budgeted, batchGet, type Item, queryPage, queryPages } from '../aws/dynamodb.ts';
import { INDEX } from '../deployment/names.ts';
import { dueShards, rankShards } from '../identities/shards.ts';
import { fromStandingItem, type Standing, standingKey } from './standing-item.ts';

/** The standing table: how contacts stand. outcome-store.ts writes the results of refreshes. */
export interface StandingStore {
  /** Reads a contact's standing. Strongly consistent. */
  get(orgId: string, contactId: string): Promise<Standing | undefined>;

  /**
   * Reads the standings of these contacts, in no order; those that are not stored are omitted. Strongly consistent.
   * @throws OutOfTimeError
   */
  getMany(orgId: string, contactIds: Iterable<string>, options: Budgeted): Promise<Standing[]>;

  /**
   * Reads the ranks of an organisation's contacts, highest first; each ends in the contact's id.
   * @param after - the rank after which the page begins
   */
  ranks(orgId: string, limit: number, after?: string): Promise<readonly string[]>;

  /** Reads the contacts of all organisations that are due at a moment (ms since 1970), page by page. */
  due(now: number): AsyncGenerator<readonly { readonly orgId: string; readonly contactId: string }[]>;
}

const ownerOf = ({ pk }: Item): { readonly orgId: string; readonly contactId: string } => {
  const [orgId = '', contactId = ''] = pk?.S?.split('#') ?? [];
  return { orgId, contactId };
};

/** Creates the store of the standing table. */
export const createStandingStore = (client: DynamoDBClient, table: string): StandingStore => ({
  async get(orgId, contactId) {
    const Key = standingKey(orgId, contactId);
    const command = new GetItemCommand({ TableName: table, Key, ConsistentRead: true });
    const { Item } = await client.send(command);
    return Item && fromStandingItem(Item);
  },

  async getMany(orgId, contactIds, options) {
    const keys = [...contactIds].map((contactId) => standingKey(orgId, contactId));
    const items = await batchGet(table, keys, { client, ...options, consistent: true });
    return items.map(fromStandingItem);
  },

  async ranks(orgId, limit, after) {
    const ofShard = async (shard: string): Promise<string[]> => {
      const { Items = [] } = await queryPage(client, {
        TableName: table,
        IndexName: INDEX.standingsByRank,
        KeyConditionExpression: `rankShard = :shard${after === undefined ? '' : ' AND #rank < :after'}`,
        ...(after !== undefined && { ExpressionAttributeNames: { '#rank': 'rank' } }),
        ExpressionAttributeValues: {
          ':shard': { S: shard },
          ...(after !== undefined && { ':after': { S: after } }),
        },
        ScanIndexForward: false,
        Limit: limit,
      });
      return Items.map((item) => item['rank']?.S ?? '');
    };
    // One shard may hold all of the highest ranks: a whole page is read of each, and the highest of all are returned.
    const shards = await Promise.all(rankShards(orgId).map(ofShard));
    return shards
      .flat()
      .sort((a, b) => (a < b ? 1 : -1))
      .slice(0, limit);
  },

  async *due(now) {
    for (const shard of dueShards()) {
      const pages = queryPages(client, {
        TableName: table,
        IndexName: INDEX.standingsByDue,
        KeyConditionExpression: 'dueShard = :shard AND dueAt <= :now',
        ExpressionAttributeValues: { ':shard': { S: shard }, ':now': { N: String(now) } },
      });
      for await (const page of pages) yield page.map(ownerOf);
    }
  },
});
