import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { textSetAttribute } from '../aws/attributes.ts';
import { unlessRefused, updateItem } from '../aws/dynamodb.ts';

/**
 * Jobs of everyone that an organisation may have under way at once. Each goes through all of its contacts, and none does
 * anything that the newest of them does not: ten are more than anybody needs who sets up segments, and bound what one organisation can
 * have the workers do.
 */
export const MAX_JOBS_OF_EVERYONE = 10;

/** The row of an organisation that has the ids of its jobs of everyone under way. */
export interface EveryoneStore {
  /**
   * Enters a job.
   * @param supersedes - a job whose place it takes, once it has begun
   * @returns false where there are as many as may be
   */
  enter(orgId: string, jobId: string, supersedes: string | undefined): Promise<boolean>;
  /** Takes jobs out; those that are not in it do not matter. */
  leave(orgId: string, jobIds: readonly string[]): Promise<void>;
  /** The jobs that are in it. */
  list(orgId: string): Promise<string[]>;
}

const ItemSchema = v.object({ ids: textSetAttribute });

const HAS_ROOM = 'attribute_not_exists(ids) OR size(ids) < :most';
const TAKES_A_PLACE = 'contains(ids, :superseded) AND size(ids) <= :most';

export const createEveryoneStore = (client: DynamoDBClient, TableName: string): EveryoneStore => {
  const keyOf = (orgId: string) => ({ pk: { S: orgId }, sk: { S: 'everyone' } });
  return {
    async enter(orgId, jobId, supersedes) {
      const entered = await unlessRefused(async () => {
        await updateItem(client, {
          TableName,
          Key: keyOf(orgId),
          UpdateExpression: 'ADD ids :ids',
          ConditionExpression: supersedes === undefined ? HAS_ROOM : `${HAS_ROOM} OR (${TAKES_A_PLACE})`,
          ExpressionAttributeValues: {
            ':ids': { SS: [jobId] },
            ':most': { N: String(MAX_JOBS_OF_EVERYONE) },
            ...(supersedes !== undefined && { ':superseded': { S: supersedes } }),
          },
        });
        return true;
      });
      return entered === true;
    },

    async leave(orgId, jobIds) {
      if (jobIds.length === 0) return;
      await updateItem(client, {
        TableName,
        Key: keyOf(orgId),
        UpdateExpression: 'DELETE ids :ids',
        ExpressionAttributeValues: { ':ids': { SS: [...jobIds] } },
      });
    },

    async list(orgId) {
      const Key = keyOf(orgId);
      const { Item } = await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
      return Item === undefined ? [] : [...v.parse(ItemSchema, Item).ids];
    },
  };
};
