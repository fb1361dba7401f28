import {
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { numberAttribute, numberSetAttribute, textAttribute } from '../aws/attributes.ts';
import { queryAll } from '../aws/dynamodb.ts';
import { ORG_SHARDS } from '../identities/shards.ts';
import type { Clock } from '../time/clock.ts';
import { completedOf, type Progress, progressOf } from './progress.ts';

/**
 * The refresh table. All items of a job have `pk` = `{orgId}#{jobId}`, and go 30 days after it began (`expiresAt`).
 *
 * | sk | what |
 * | --- | --- |
 * | `job` | when it began, its `total` where that was known then, and, once somebody saw it `completed`, of how many |
 * | `chunk#{chunk}` | positions of its contacts that are `done`, and that `failed` |
 * | `plan#{shard}#{after}` | a page of a planned job: how many contacts, and after which the next page begins |
 */
const KEPT_SECONDS = 30 * 24 * 3600;

const JobItemSchema = v.object({
  sk: textAttribute,
  total: v.optional(numberAttribute),
  completed: v.optional(numberAttribute),
});
const ChunkItemSchema = v.object({
  done: numberSetAttribute,
  failed: numberSetAttribute,
});
const PlanItemSchema = v.object({ count: numberAttribute, next: v.optional(textAttribute) });

/** A page of a planned job. */
export type PlannedPage = v.InferOutput<typeof PlanItemSchema>;

/** Where a page of a planned job begins. */
export interface PageStart {
  readonly shard: number;
  readonly after: string | undefined;
}

/** The progress of refreshes. */
export interface ProgressStore {
  /** @param total - how many contacts; undefined where a planner is yet to find them */
  begin(orgId: string, jobId: string, total: number | undefined): Promise<void>;
  /** Counts contacts of a chunk by their positions; counting one again changes nothing. */
  count(
    orgId: string,
    jobId: string,
    chunk: string,
    positions: readonly number[],
    as: 'done' | 'failed',
  ): Promise<void>;
  plannedPage(orgId: string, jobId: string, start: PageStart): Promise<PlannedPage | undefined>;
  savePage(orgId: string, jobId: string, start: PageStart, page: PlannedPage): Promise<void>;
  /** Undefined where the organisation has no such job. */
  read(orgId: string, jobId: string): Promise<Progress | undefined>;
}

export const createProgressStore = (client: DynamoDBClient, table: string, now: Clock): ProgressStore => {
  const keyOf = (orgId: string, jobId: string, sk: string) => ({
    pk: { S: `${orgId}#${jobId}` },
    sk: { S: sk },
  });
  const planKey = (orgId: string, jobId: string, { shard, after }: PageStart) =>
    keyOf(orgId, jobId, `plan#${shard}#${after ?? ''}`);
  const expiresAt = () => ({ N: String(Math.floor(now() / 1_000) + KEPT_SECONDS) });

  const readJob = async (orgId: string, jobId: string) => {
    const Key = keyOf(orgId, jobId, 'job');
    const { Item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
    return Item && v.parse(JobItemSchema, Item);
  };

  const keepCompleted = async (orgId: string, jobId: string, total: number): Promise<void> => {
    const command = new UpdateItemCommand({
      TableName: table,
      Key: keyOf(orgId, jobId, 'job'),
      UpdateExpression: 'SET completed = :total',
      ExpressionAttributeValues: { ':total': { N: String(total) } },
    });
    await client.send(command);
  };

  const addUp = async (orgId: string, jobId: string, known: number | undefined): Promise<Progress> => {
    const items = await queryAll(client, {
      TableName: table,
      KeyConditionExpression: 'pk = :job',
      ExpressionAttributeValues: { ':job': { S: `${orgId}#${jobId}` } },
      ConsistentRead: true,
    });
    const under = (prefix: string) => items.filter(({ sk }) => sk?.S?.startsWith(prefix));
    const chunks = under('chunk#').map((item) => v.parse(ChunkItemSchema, item));
    if (known !== undefined) return progressOf(jobId, known, true, chunks);
    const planned = under('plan#').map((item) => v.parse(PlanItemSchema, item));
    const total = planned.reduce((sum, { count }) => sum + count, 0);
    const lastPages = planned.filter(({ next }) => next === undefined).length;
    return progressOf(jobId, total, lastPages >= ORG_SHARDS, chunks);
  };

  return {
    async begin(orgId, jobId, total) {
      const Item = {
        ...keyOf(orgId, jobId, 'job'),
        startedAt: { S: new Date(now()).toISOString() },
        expiresAt: expiresAt(),
        ...(total !== undefined && { total: { N: String(total) } }),
      };
      await client.send(new PutItemCommand({ TableName: table, Item }));
    },

    async count(orgId, jobId, chunk, positions, as) {
      if (positions.length === 0) return;
      const command = new UpdateItemCommand({
        TableName: table,
        Key: keyOf(orgId, jobId, `chunk#${chunk}`),
        UpdateExpression: 'ADD #as :positions SET expiresAt = :expires',
        ExpressionAttributeNames: { '#as': as },
        ExpressionAttributeValues: {
          ':positions': { NS: positions.map(String) },
          ':expires': expiresAt(),
        },
      });
      await client.send(command);
    },

    async plannedPage(orgId, jobId, start) {
      const Key = planKey(orgId, jobId, start);
      const { Item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
      return Item && v.parse(PlanItemSchema, Item);
    },

    async savePage(orgId, jobId, start, { count, next }) {
      const Item = {
        ...planKey(orgId, jobId, start),
        count: { N: String(count) },
        expiresAt: expiresAt(),
        ...(next !== undefined && { next: { S: next } }),
      };
      await client.send(new PutItemCommand({ TableName: table, Item }));
    },

    async read(orgId, jobId) {
      const job = await readJob(orgId, jobId);
      if (job === undefined) return undefined;
      if (job.completed !== undefined) return completedOf(jobId, job.completed);
      const progress = await addUp(orgId, jobId, job.total);
      // A job of everyone has many rows; once it is completed, which it stays, one tells it all.
      if (progress.status === 'completed') await keepCompleted(orgId, jobId, progress.total);
      return progress;
    },
  };
};
