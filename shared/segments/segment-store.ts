/**
 * The definition table: `pk` = `{orgId}`, `sk` = `segment#{segmentId}`. The organisation's `scoring` is in the same
 * partition, so that one query reads all definitions that a refresh applies. Ids sort by time, so segments are in the
 * order of creation.
 *
 * The member table: `pk` = `{orgId}#{segmentId}#{shard}`, `sk` = contact id. Refreshes write it, in one transaction
 * with the contact's standing.
 */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { textAttribute } from '../aws/attributes.ts';
import { type Item, queryAll, queryPage } from '../aws/dynamodb.ts';
import type { RetryBudget } from '../aws/retry.ts';
import { type IdPage, pageOfShards, type ShardedPage } from '../identities/shard-pages.ts';
import { type ShardPosition, shardOfContact } from '../identities/shards.ts';
import type { ScoringSettings } from '../scoring/scoring-settings.ts';
import { fromScoringItem, SCORING_SK } from '../scoring/scoring-store.ts';
import { SegmentRuleSchema } from './rule.ts';
import type { StoredSegment } from './segment.ts';

const SEGMENT_PREFIX = 'segment#';

const SegmentItemSchema = v.pipe(
  v.object({
    sk: textAttribute,
    name: textAttribute,
    rule: v.pipe(textAttribute, v.parseJson(), SegmentRuleSchema),
    createdAt: textAttribute,
    updatedAt: textAttribute,
    evaluationId: textAttribute,
  }),
  v.transform(({ sk, ...rest }): StoredSegment => ({ id: sk.slice(SEGMENT_PREFIX.length), ...rest })),
);

/** The definitions that a refresh applies. */
export interface Definitions {
  readonly scoring: ScoringSettings;
  readonly segments: readonly StoredSegment[];
}

/** A member of a segment. */
export interface Member {
  readonly contactId: string;
  /** ISO 8601. */
  readonly enteredAt: string;
}

/** The key of a member's row. */
export const memberKey = (orgId: string, segmentId: string, contactId: string): Item => ({
  pk: { S: `${orgId}#${segmentId}#${shardOfContact(contactId)}` },
  sk: { S: contactId },
});

/** The key of a segment's definition. */
export const segmentKey = (orgId: string, segmentId: string): Item => ({
  pk: { S: orgId },
  sk: { S: `${SEGMENT_PREFIX}${segmentId}` },
});

/** Segments and their members. */
export interface SegmentStore {
  /**
   * Reads an organisation's scoring and segments. Strongly consistent.
   * @param budget - the time for reading them. @default - ten seconds for each page
   */
  definitions(orgId: string, budget?: RetryBudget): Promise<Definitions>;
  /** Reads a segment. Strongly consistent. */
  get(orgId: string, segmentId: string): Promise<StoredSegment | undefined>;
  /**
   * Stores a new segment, or replaces an existing one.
   * @returns false if a new segment exists already, or an existing one does not
   */
  put(orgId: string, segment: StoredSegment, options: { readonly isNew: boolean }): Promise<boolean>;
  /** Deletes a segment. @returns false if it does not exist */
  remove(orgId: string, segmentId: string): Promise<boolean>;
  /** Reads a page of a segment's members, shard by shard. Eventually consistent. */
  members(orgId: string, segmentId: string, limit: number, from: ShardPosition): Promise<ShardedPage<Member>>;
  /** Reads a page of the ids of a segment's members in one shard, in ascending order. Strongly consistent. */
  membersOfShard(
    orgId: string,
    segmentId: string,
    shard: number,
    limit: number,
    after?: string,
    budget?: RetryBudget,
  ): Promise<IdPage>;
}

/** Creates the store of segments and their members. */
export const createSegmentStore = (
  client: DynamoDBClient,
  { definitions, members }: { readonly definitions: string; readonly members: string },
): SegmentStore => {
  const conditionally = async (write: () => Promise<unknown>): Promise<boolean> => {
    try {
      await write();
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  };

  /** Reads a page of one shard; a page may be empty without being the last. */
  const shardPage = async (
    pk: string,
    limit: number,
    after: string | undefined,
    consistent: boolean,
    budget?: RetryBudget,
  ): Promise<{ readonly items: Member[]; readonly next: string | undefined }> => {
    const input = {
      TableName: members,
      KeyConditionExpression: after === undefined ? 'pk = :pk' : 'pk = :pk AND sk > :after',
      ExpressionAttributeValues: {
        ':pk': { S: pk },
        ...(after !== undefined && { ':after': { S: after } }),
      },
      Limit: limit,
      ConsistentRead: consistent,
    };
    const { Items = [], LastEvaluatedKey } = await queryPage(client, input, budget);
    const items = Items.map(({ sk, enteredAt }) => ({
      contactId: sk?.S ?? '',
      enteredAt: enteredAt?.S ?? '',
    }));
    return { items, next: LastEvaluatedKey?.['sk']?.S };
  };

  return {
    async definitions(orgId, budget) {
      const input = {
        TableName: definitions,
        KeyConditionExpression: 'pk = :org',
        ExpressionAttributeValues: { ':org': { S: orgId } },
        ConsistentRead: true,
      };
      const items = await queryAll(client, input, budget);
      return {
        scoring: fromScoringItem(items.find(({ sk }) => sk?.S === SCORING_SK)).settings,
        segments: items
          .filter(({ sk }) => sk?.S?.startsWith(SEGMENT_PREFIX))
          .map((item) => v.parse(SegmentItemSchema, item)),
      };
    },

    async get(orgId, segmentId) {
      const Key = segmentKey(orgId, segmentId);
      const command = new GetItemCommand({ TableName: definitions, Key, ConsistentRead: true });
      const { Item } = await client.send(command);
      return Item && v.parse(SegmentItemSchema, Item);
    },

    put(orgId, { id, name, rule, createdAt, updatedAt, evaluationId }, { isNew }) {
      const command = new PutItemCommand({
        TableName: definitions,
        Item: {
          ...segmentKey(orgId, id),
          name: { S: name },
          rule: { S: JSON.stringify(rule) },
          createdAt: { S: createdAt },
          updatedAt: { S: updatedAt },
          evaluationId: { S: evaluationId },
        },
        ConditionExpression: isNew ? 'attribute_not_exists(pk)' : 'attribute_exists(pk)',
      });
      return conditionally(() => client.send(command));
    },

    remove(orgId, segmentId) {
      const command = new DeleteItemCommand({
        TableName: definitions,
        Key: segmentKey(orgId, segmentId),
        ConditionExpression: 'attribute_exists(pk)',
      });
      return conditionally(() => client.send(command));
    },

    members(orgId, segmentId, limit, from) {
      const read = (shard: number, count: number, after: string | undefined) =>
        shardPage(`${orgId}#${segmentId}#${shard}`, count, after, false);
      return pageOfShards({ read, idOf: ({ contactId }) => contactId }, from, limit);
    },

    async membersOfShard(orgId, segmentId, shard, limit, after, budget) {
      const pk = `${orgId}#${segmentId}#${shard}`;
      const { items, next } = await shardPage(pk, limit, after, true, budget);
      return { ids: items.map(({ contactId }) => contactId), next };
    },
  };
};
