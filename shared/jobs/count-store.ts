import { type DynamoDBClient, GetItemCommand, type UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { type Item, transactWrite, unlessRefused, updateItem } from '../aws/dynamodb.ts';
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

/** What counting writes. */
export interface CountStore {
  /**
   * Applies a report to its page, by the rule of {@link Report}.
   * @returns the page as it is then; undefined where it has settled before
   */
  report(orgId: string, jobId: string, page: number, report: Report): Promise<Page | undefined>;
  /**
   * Adds a page that is settled to its job, and takes it out of flight.
   * @returns false where somebody has reported to it since it was read: that one settles it
   */
  settle(orgId: string, jobId: string, page: Page): Promise<boolean>;
  /** Counts items of a settled page that had failed as done; what had not failed is counted already. */
  mend(orgId: string, jobId: string, page: number, positions: readonly number[]): Promise<void>;
}

/** How often mending is tried over what others mend at the same time. */
const MENDS = 10;

export const createCountStore = (client: DynamoDBClient, TableName: string, now: Clock): CountStore => {
  const get = async (Key: Item): Promise<Item | undefined> =>
    (await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item;

  /** The part of the update that tells reports apart. */
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
    // Of a job that is past its time nothing is counted.
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
      // A failure is refused, too, where the chunk is finished; its page may still be there.
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
      const settled = await unlessRefused(async () => {
        await transactWrite(client, [
          { Delete: unchanged },
          { Update: jobUpdate(orgId, jobId, counts, page.isOnly) },
          ...(counts.failed === 0 ? [] : [{ Put: { TableName, Item: failures } }]),
        ]);
        return true;
      });
      return settled === true;
    },

    async mend(orgId, jobId, page, positions) {
      const Key = rowKey(orgId, jobId, settledSk(page));
      for (let again = 0; again < MENDS; again++) {
        const item = await get(Key);
        if (item === undefined) return;
        const { failed, version } = fromSettledItem(item);
        const mended = positions.filter((position) => failed.has(position));
        if (mended.length === 0) return;
        const asRead = {
          TableName,
          Key,
          UpdateExpression: 'ADD version :one DELETE failed :mended',
          ConditionExpression: 'version = :read',
          ExpressionAttributeValues: {
            ':mended': numberSet(mended),
            ':one': { N: '1' },
            ':read': { N: String(version) },
          },
        };
        const counts = { done: mended.length, failed: -mended.length };
        const written = await unlessRefused(async () => {
          await transactWrite(client, [
            { Update: asRead },
            { Update: jobUpdate(orgId, jobId, counts, false) },
          ]);
          return true;
        });
        if (written === true) return;
      }
      throw new Error(`Page ${page} of ${jobId} is mended by others all the time`);
    },
  };
};
