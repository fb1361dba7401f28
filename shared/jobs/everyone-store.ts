import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { textSetAttribute } from '../aws/attributes.ts';
import { isWritten, updateItem } from '../aws/writes.ts';

/**
 * The maximum number of jobs of everyone that one organisation may have running at once. Each processes all
 * contacts of the organisation, and the newest makes the others redundant: ten are more than setting up
 * segments requires, and they bound the load that one organisation puts on the workers.
 */
export const MAX_JOBS_OF_EVERYONE = 10;

/** The row of an organisation that lists the ids of its running jobs of everyone. */
export interface EveryoneStore {
  /**
   * Adds a job.
   * @param supersedes - a listed job that the new one replaces once it has begun; it does not count against
   * the maximum
   * @returns false if the maximum is reached
   */
  enter(orgId: string, jobId: string, supersedes: string | undefined): Promise<boolean>;
  /** Removes jobs; ids that are not listed are ignored. */
  leave(orgId: string, jobIds: readonly string[]): Promise<void>;
  /** The ids of the listed jobs; strongly consistent. */
  list(orgId: string): Promise<string[]>;
}

const ItemSchema = v.object({ ids: textSetAttribute });

const HAS_CAPACITY = 'attribute_not_exists(ids) OR size(ids) < :most';
const REPLACES_A_JOB = 'contains(ids, :superseded) AND size(ids) <= :most';

/** Creates the {@link EveryoneStore} of a job table. */
export const createEveryoneStore = (client: DynamoDBClient, TableName: string): EveryoneStore => {
  const keyOf = (orgId: string) => ({ pk: { S: orgId }, sk: { S: 'everyone' } });
  return {
    enter: (orgId, jobId, supersedes) =>
      isWritten(() =>
        updateItem(client, {
          TableName,
          Key: keyOf(orgId),
          UpdateExpression: 'ADD ids :ids',
          ConditionExpression:
            supersedes === undefined ? HAS_CAPACITY : `${HAS_CAPACITY} OR (${REPLACES_A_JOB})`,
          ExpressionAttributeValues: {
            ':ids': { SS: [jobId] },
            ':most': { N: String(MAX_JOBS_OF_EVERYONE) },
            ...(supersedes !== undefined && { ':superseded': { S: supersedes } }),
          },
        }),
      ),

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
