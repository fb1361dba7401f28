import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { batchGet, batchPut, type Item, queryAll } from '../aws/dynamodb.ts';
import { budgetOf } from '../aws/retry.ts';
import { isWritten, putItem, transactWrite, unlessRefused, updateItem } from '../aws/writes.ts';
import type { Clock } from '../time/clock.ts';
import { OutOfTimeError } from '../time/out-of-time.ts';
import type { Job, JobView } from './job.ts';
import {
  fromItemsItem,
  fromJobItem,
  fromPageItem,
  itemsSk,
  JOB_SK,
  jobPartition,
  LAST_SK,
  pageSk,
  rowKey,
  toItemsItem,
  toJobItem,
  toPageItem,
} from './job-item.ts';
import type { Page } from './page.ts';

/** The time limit for the reads or writes of one call, in ms; API Gateway waits 29 s. */
const CALL_MS = 10_000;

/** A step of planning may only follow the version that was read, and only while the job is running. */
const PLAN_IS_AS_READ = 'planVersion = :read AND #state = :running';

/** Jobs and their pages in flight. */
export interface JobStore {
  /**
   * Writes a new job with its pages and the lists of its items.
   * @throws OutOfTimeError if not all rows could be written
   */
  create(view: JobView, lists: ReadonlyMap<string, readonly string[]>): Promise<void>;
  /**
   * Reads a job and its pages in flight, strongly consistent and at a constant cost; undefined if the job
   * does not exist.
   */
  read(orgId: string, jobId: string): Promise<JobView | undefined>;
  /** Reads the jobs with these ids that exist, without their pages. */
  readMany(orgId: string, jobIds: readonly string[], options: { consistent: boolean }): Promise<Job[]>;
  /**
   * Reads the items of a page; strongly consistent.
   * @throws Error if the row does not exist
   */
  items(orgId: string, jobId: string, itemsKey: string): Promise<string[]>;
  /** Writes the list of a page's items under a key that no other writer uses. */
  putItems(orgId: string, jobId: string, itemsKey: string, items: readonly string[]): Promise<void>;
  /**
   * Writes a step of planning: the job after the step, and the planned page, if any.
   * @param job - its `planVersion` is one more than the version that was read
   * @returns false if another planner has written first, or the job is no longer running
   */
  plan(job: Job, page: Page | undefined): Promise<boolean>;
  /** Records that all chunks of a page are in the queue, or that they must be sent again. */
  setSent(orgId: string, jobId: string, page: number, isSent: boolean): Promise<void>;
  /**
   * Ends a job.
   * @returns false if the job is not running, or another step has been planned since it was read
   */
  end(job: Job): Promise<boolean>;
  /**
   * Cancels a job.
   * @returns false if the job is not running
   */
  cancel(orgId: string, jobId: string, supersededBy: string | undefined): Promise<boolean>;
  /**
   * Sets a cancelled job to running again.
   * @returns false if the job is not cancelled, or was superseded
   */
  restart(orgId: string, jobId: string): Promise<boolean>;
}

/** Creates the {@link JobStore} of a job table. */
export const createJobStore = (client: DynamoDBClient, TableName: string, now: Clock): JobStore => {
  const updateState = (
    orgId: string,
    jobId: string,
    state: Job['state'],
    condition: string,
    { set = '', values = {} }: { readonly set?: string; readonly values?: Item } = {},
  ): Promise<boolean> =>
    isWritten(() =>
      updateItem(client, {
        TableName,
        Key: rowKey(orgId, jobId, JOB_SK),
        UpdateExpression: `SET #state = :state${set}`,
        ConditionExpression: condition,
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':state': { S: state }, ...values },
      }),
    );

  return {
    async create({ job, pages }, lists) {
      const { orgId, id } = job;
      const rows = [
        toJobItem(job, now()),
        ...pages.map((page) => toPageItem(orgId, id, page, now())),
        ...[...lists].map(([itemsKey, items]) => toItemsItem(orgId, id, itemsKey, items, now())),
      ];
      const left = await batchPut(TableName, rows, { client, budget: budgetOf(CALL_MS) });
      if (left.length > 0)
        throw new OutOfTimeError(`${left.length} rows of a job could not be written in time`);
    },

    async read(orgId, jobId) {
      const [job, ...pages] = await queryAll(client, {
        TableName,
        KeyConditionExpression: 'pk = :job AND sk BETWEEN :first AND :last',
        ExpressionAttributeValues: {
          ':job': { S: jobPartition(orgId, jobId) },
          ':first': { S: JOB_SK },
          ':last': { S: LAST_SK },
        },
        ConsistentRead: true,
      });
      if (job?.['sk']?.S !== JOB_SK) return undefined;
      return { job: fromJobItem(job), pages: pages.map(fromPageItem) };
    },

    async readMany(orgId, jobIds, { consistent }) {
      const keys = [...new Set(jobIds)].map((jobId) => rowKey(orgId, jobId, JOB_SK));
      const budget = budgetOf(CALL_MS);
      return (await batchGet(TableName, keys, { client, budget, consistent })).map(fromJobItem);
    },

    async items(orgId, jobId, itemsKey) {
      const Key = rowKey(orgId, jobId, itemsKey);
      const { Item } = await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
      if (Item === undefined) throw new Error(`${jobId} has no row ${itemsKey}`);
      return fromItemsItem(Item);
    },

    async putItems(orgId, jobId, itemsKey, items) {
      const Item = toItemsItem(orgId, jobId, itemsKey, items, now());
      await putItem(client, { TableName, Item });
    },

    async plan(job, page) {
      const { orgId, id } = job;
      const values = {
        ':read': { N: String(job.planVersion - 1) },
        ':running': { S: 'running' },
        ':planVersion': { N: String(job.planVersion) },
        ':pages': { N: String(job.pages) },
        ':total': { N: String(job.total) },
        ':isPlanned': { BOOL: job.isPlanned },
        // JSON cannot represent undefined; the cursor of a planned job is not read.
        ':cursor': { S: JSON.stringify(job.cursor ?? null) },
      };
      const update = {
        TableName,
        Key: rowKey(orgId, id, JOB_SK),
        UpdateExpression:
          'SET planVersion = :planVersion, pages = :pages, #total = :total, isPlanned = :isPlanned, #cursor = :cursor',
        ConditionExpression: PLAN_IS_AS_READ,
        ExpressionAttributeNames: { '#state': 'state', '#total': 'total', '#cursor': 'cursor' },
        ExpressionAttributeValues: values,
      };
      const put = page && { TableName, Item: toPageItem(orgId, id, page, now()) };
      const actions = [{ Update: update }, ...(put === undefined ? [] : [{ Put: put }])];
      return isWritten(() => transactWrite(client, actions));
    },

    async setSent(orgId, jobId, page, isSent) {
      // The page may have settled since it was read.
      await unlessRefused(() =>
        updateItem(client, {
          TableName,
          Key: rowKey(orgId, jobId, pageSk(page)),
          UpdateExpression: `SET isSent = :sent${isSent ? '' : ', plannedAt = :resendNow'}`,
          ConditionExpression: 'attribute_exists(pk)',
          ExpressionAttributeValues: {
            ':sent': { BOOL: isSent },
            ...(!isSent && { ':resendNow': { N: '0' } }),
          },
        }),
      );
    },

    end: ({ orgId, id, planVersion }) =>
      updateState(orgId, id, 'ended', PLAN_IS_AS_READ, {
        values: { ':running': { S: 'running' }, ':read': { N: String(planVersion) } },
      }),

    cancel: (orgId, jobId, supersededBy) =>
      updateState(orgId, jobId, 'cancelled', '#state = :running', {
        ...(supersededBy !== undefined && { set: ', supersededBy = :by' }),
        values: {
          ':running': { S: 'running' },
          ...(supersededBy !== undefined && { ':by': { S: supersededBy } }),
        },
      }),

    restart: (orgId, jobId) =>
      updateState(orgId, jobId, 'running', '#state = :cancelled AND attribute_not_exists(supersededBy)', {
        values: { ':cancelled': { S: 'cancelled' } },
      }),
  };
};

/** The key of the row that lists the items of a page, for jobs whose items are given. */
export const givenItemsKey = (page: number): string => itemsSk(page);
