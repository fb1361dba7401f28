/**
 * Segments are items of the definition table (definition-store.ts): `sk` = `segment#{segmentId}`.
 *
 * The member table: `pk` = `{orgId}#{segmentId}#{shard}`, `sk` = contact id. Refreshes write it, in one transaction
 * with the contact's standing.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { textAttribute } from '../aws/attributes.ts';
import { type Item, partitionPage } from '../aws/dynamodb.ts';
import type { RetryBudget } from '../aws/retry.ts';
import { createDefinitionStore } from '../definitions/definition-store.ts';
import { type IdPage, pageOfShards, type ShardedPage } from '../identities/shard-pages.ts';
import { type ShardPosition, shardOfContact } from '../identities/shards.ts';
import type { ScoringSettings } from '../scoring/scoring-settings.ts';
import { fromScoringItem, SCORING_SK } from '../scoring/scoring-store.ts';
import { SegmentRuleSchema } from './rule.ts';
import { MAX_SEGMENTS, type StoredSegment } from './segment.ts';

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
  /** Equal versions of an organisation are equal definitions. */
  readonly version: number;
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

const sortKey = (segmentId: string): string => `${SEGMENT_PREFIX}${segmentId}`;

const fieldsOf = ({ name, rule, createdAt, updatedAt, evaluationId }: StoredSegment): Item => ({
  name: { S: name },
  rule: { S: JSON.stringify(rule) },
  createdAt: { S: createdAt },
  updatedAt: { S: updatedAt },
  evaluationId: { S: evaluationId },
});

/** Segments and their members. */
export interface SegmentStore {
  /**
   * Reads the version that an organisation's definitions have now. Strongly consistent; one read unit.
   * @param budget - the time for reading it. @default - ten seconds
   */
  version(orgId: string, budget?: RetryBudget): Promise<number>;
  /**
   * Reads an organisation's scoring and segments, with the version that they are. Strongly consistent.
   * @param budget - the time for reading them. @default - ten seconds for each page
   */
  definitions(orgId: string, budget?: RetryBudget): Promise<Definitions>;
  /** Reads a segment. Strongly consistent. */
  get(orgId: string, segmentId: string): Promise<StoredSegment | undefined>;
  /** Stores a new segment. @returns false if the organisation has {@link MAX_SEGMENTS} already */
  create(orgId: string, segment: StoredSegment): Promise<boolean>;
  /** Replaces a segment. @returns false if it does not exist */
  replace(orgId: string, segment: StoredSegment): Promise<boolean>;
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
  { definitions: table, members }: { readonly definitions: string; readonly members: string },
): SegmentStore => {
  const definitions = createDefinitionStore(client, table);

  /** Reads a page of one shard; a page may be empty without being the last. */
  const shardPage = async (
    pk: string,
    limit: number,
    after: string | undefined,
    consistent: boolean,
    budget?: RetryBudget,
  ): Promise<{ readonly items: Member[]; readonly next: string | undefined }> => {
    const page = await partitionPage(client, { table: members, pk, limit, after, consistent }, budget);
    const items = page.items.map(({ sk, enteredAt }) => ({
      contactId: sk?.S ?? '',
      enteredAt: enteredAt?.S ?? '',
    }));
    return { items, next: page.next };
  };

  return {
    version: definitions.version,

    async definitions(orgId, budget) {
      const { version, items } = await definitions.all(orgId, budget);
      return {
        version,
        scoring: fromScoringItem(items.find(({ sk }) => sk?.S === SCORING_SK)).settings,
        segments: items
          .filter(({ sk }) => sk?.S?.startsWith(SEGMENT_PREFIX))
          .map((item) => v.parse(SegmentItemSchema, item)),
      };
    },

    async get(orgId, segmentId) {
      const item = await definitions.get(orgId, sortKey(segmentId));
      return item && v.parse(SegmentItemSchema, item);
    },

    create: (orgId, segment) =>
      definitions.create(orgId, sortKey(segment.id), fieldsOf(segment), MAX_SEGMENTS),

    replace: (orgId, segment) => definitions.replace(orgId, sortKey(segment.id), fieldsOf(segment)),

    remove: (orgId, segmentId) => definitions.remove(orgId, sortKey(segmentId)),

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
