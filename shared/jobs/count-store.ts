import { type DynamoDBClient, GetItemCommand, type UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import type { Item } from '../aws/dynamodb.ts';
import { isWritten, transactWrite, unlessRefused, updateItem } from '../aws/writes.ts';
import type { Clock } from '../time/clock.ts';
import {
  expiresAt,
  fromPageItem,
  fromSettledItem,
  JOB_SK,
  numberSet,
  pageSk,
  rowKey,
  settledSk,
} from './job-item.ts';
import { countsOf, failedOf, type Page, type Report, reported } from './page.ts';

/** The store in which workers' reports are counted. */
export interface CountStore {
  /**
   * Applies a report to its page, by the rule of {@link Report}.
   * @returns the updated page; undefined if it had settled before
   */
  report(orgId: string, jobId: string, page: number, report: Report): Promise<Page | undefined>;
  /**
   * Adds the counts of a settled page to its job, and deletes the page.
   * @returns false if another report was applied since the page was read: the worker of that report settles
   * it
   */
  settle(orgId: string, jobId: string, page: Page): Promise<boolean>;
  /** Recounts failed items of a settled page as done; items that had not failed are counted already. */
  correct(orgId: string, jobId: string, page: number, positions: readonly number[]): Promise<void>;
}

/** Attempts at a correction that conflicts with concurrent ones. */
const CORRECTION_ATTEMPTS = 10;

/** Creates the {@link CountStore} of a job table. */
export const createCountStore = (client: DynamoDBClient, TableName: string, now: Clock): CountStore => {
  const get = async (Key: Item): Promise<Item | undefined> =>
    (await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item;

  /** The part of the update that depends on the kind of the report. */
  const changeOf = (
    report: Report,
  ): Pick<UpdateItemCommandInput, 'UpdateExpression' | 'ConditionExpression'> => {
    const ofPage = 'attribute_exists(pk)';
    switch (report.kind) {
      case 'done':
        return {
          UpdateExpression: 'ADD finished :chunk, version :one DELETE failed :items',
          ConditionExpression: ofPage,
        };
      case 'failed':
        return {
          UpdateExpression: 'ADD finished :chunk, failed :items, version :one',
          ConditionExpression: `${ofPage} AND NOT contains(finished, :number)`,
        };
      case 'some':
        return { UpdateExpression: 'ADD #done :items, version :one', ConditionExpression: ofPage };
    }
  };

  const jobUpdate = (
    orgId: string,
    jobId: string,
    { done, failed }: { readonly done: number; readonly failed: number },
    ends: boolean,
  ) => ({
    TableName,
    Key: rowKey(orgId, jobId, JOB_SK),
    UpdateExpression: `ADD #done :done, #failed :failed${ends ? ' SET #state = :ended' : ''}`,
    // Nothing is counted for a job whose rows have expired.
    ConditionExpression: 'attribute_exists(pk)',
    ExpressionAttributeNames: { '#done': 'done', '#failed': 'failed', ...(ends && { '#state': 'state' }) },
    ExpressionAttributeValues: {
      ':done': { N: String(done) },
      ':failed': { N: String(failed) },
      ...(ends && { ':ended': { S: 'ended' } }),
    },
  });

  return {
    async report(orgId, jobId, page, report) {
      const Key = rowKey(orgId, jobId, pageSk(page));
      const item = await unlessRefused(() =>
        updateItem(client, {
          TableName,
          Key,
          ...changeOf(report),
          ExpressionAttributeValues: {
            ':items': numberSet(reported(report)),
            ':one': { N: '1' },
            ...(report.kind !== 'some' && { ':chunk': numberSet([report.chunk]) }),
            ...(report.kind === 'failed' && { ':number': { N: String(report.chunk) } }),
          },
          ...(report.kind === 'some' && { ExpressionAttributeNames: { '#done': 'done' } }),
          ReturnValues: 'ALL_NEW',
        }),
      );
      // A failure is also refused if the chunk is finished; then the page may still exist.
      const found = item ?? (report.kind === 'failed' ? await get(Key) : undefined);
      return found && fromPageItem(found);
    },

    async settle(orgId, jobId, page) {
      const counts = countsOf(page);
      const unchanged = {
        TableName,
        Key: rowKey(orgId, jobId, pageSk(page.number)),
        ConditionExpression: 'version = :version',
        ExpressionAttributeValues: { ':version': { N: String(page.version) } },
      };
      const failures = {
        ...rowKey(orgId, jobId, settledSk(page.number)),
        failed: numberSet(failedOf(page)),
        version: { N: '0' },
        ...expiresAt(now()),
      };
      return isWritten(() =>
        transactWrite(client, [
          { Delete: unchanged },
          { Update: jobUpdate(orgId, jobId, counts, page.isOnly) },
          ...(counts.failed === 0 ? [] : [{ Put: { TableName, Item: failures } }]),
        ]),
      );
    },

    async correct(orgId, jobId, page, positions) {
      const Key = rowKey(orgId, jobId, settledSk(page));
      for (let attempt = 0; attempt < CORRECTION_ATTEMPTS; attempt++) {
        const item = await get(Key);
        if (item === undefined) return;
        const { failed, version } = fromSettledItem(item);
        const corrected = positions.filter((position) => failed.has(position));
        if (corrected.length === 0) return;
        const asRead = {
          TableName,
          Key,
          UpdateExpression: 'ADD version :one DELETE failed :corrected',
          ConditionExpression: 'version = :read',
          ExpressionAttributeValues: {
            ':corrected': numberSet(corrected),
            ':one': { N: '1' },
            ':read': { N: String(version) },
          },
        };
        const counts = { done: corrected.length, failed: -corrected.length };
        const update = jobUpdate(orgId, jobId, counts, false);
        if (await isWritten(() => transactWrite(client, [{ Update: asRead }, { Update: update }]))) return;
      }
      throw new Error(
        `Page ${page} of ${jobId} could not be corrected: concurrent corrections conflicted every time`,
      );
    },
  };
};
