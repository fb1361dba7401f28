import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { batchInsert } from '../aws/batch-insert.ts';
import { type Budgeted, batchGet, type Item, queryPage, queryPages } from '../aws/dynamodb.ts';
import { INDEX } from '../deployment/names.ts';
import { dueShards, rankShards } from '../identities/shards.ts';
import { fromStandingItem, newStandingItem, type Standing, standingKey } from './standing-item.ts';

/** The standing table: how contacts stand. What a refresh computed is written by outcome-store.ts. */
export interface StandingStore {
  get(orgId: string, contactId: string): Promise<Standing | undefined>;

  /**
   * The standings of these contacts that are stored, in no order. Strongly consistent.
   * @throws OutOfTimeError
   */
  getMany(orgId: string, contactIds: Iterable<string>, options: Budgeted): Promise<Standing[]>;

  /**
   * Begins the standings of contacts that have none; one that was begun stays as it is. It never overwrites: of two
   * imports that create one contact, the slower may come after the contact's first refresh.
   *
   * @returns the contacts that have a standing now; those that could not be stored in time are missing
   */
  begin(orgId: string, contactIds: readonly string[], options: Budgeted): Promise<ReadonlySet<string>>;

  /**
   * Ranks of an organisation's contacts, highest first; a rank ends in its contact's id.
   * @param after - the rank after which to begin
   */
  ranks(orgId: string, limit: number, after?: string): Promise<readonly string[]>;

  /** Contacts that are due at a moment (ms since 1970), of all organisations, page by page. */
  due(now: number): AsyncGenerator<readonly { readonly orgId: string; readonly contactId: string }[]>;
}

const ownerOf = ({ pk }: Item): { readonly orgId: string; readonly contactId: string } => {
  const [orgId = '', contactId = ''] = pk?.S?.split('#') ?? [];
  return { orgId, contactId };
};

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

  async begin(orgId, contactIds, options) {
    const items = contactIds.map((contactId) => newStandingItem(orgId, contactId));
    const { inserted, existed } = await batchInsert(table, items, { client, ...options });
    return new Set([...inserted, ...existed].map((item) => ownerOf(item).contactId));
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
    // Each shard may have all of the highest: as many are read of each, and the best of them all are the page.
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
