import { setTimeout as sleep } from 'node:timers/promises';
import {
  ContinuousBackupsUnavailableException,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  InvalidRestoreTimeException,
  ListTagsOfResourceCommand,
  ResourceNotFoundException,
  RestoreTableToPointInTimeCommand,
  type TableDescription,
  type Tag,
  TagResourceCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  type UpdateTableCommandInput,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { UserError } from './user-error.ts';

/** The time between two reads of a table's status, in ms. Restoring takes minutes to hours. */
const POLL_MS = 10_000;

/** A new table has no backups for a moment; five minutes of attempts are plenty. */
const BACKUP_ATTEMPTS = 30;

/** A table is briefly not found after its restore is started; after this number of reads it is considered lost. */
const MISSING_READS = 6;

/** What to restore. */
export interface RestoreRequest {
  /** The name of the table as it is now. */
  readonly source: string;
  /** The name of the restored table. */
  readonly target: string;
  readonly at: Date;
}

/** The options of restoring. */
export interface RestoreOptions {
  readonly sleep?: (ms: number) => Promise<unknown>;
  /** Called with what is being done, whenever that changes. */
  readonly onProgress?: (step: string) => void;
}

/** A table that is restored, with all settings of its source. */
export interface Restored {
  readonly name: string;
  readonly streamArn?: string;
}

const tableOf = async (client: DynamoDBClient, TableName: string): Promise<TableDescription | undefined> => {
  try {
    return (await client.send(new DescribeTableCommand({ TableName }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
};

const isReady = ({ TableStatus, GlobalSecondaryIndexes = [], RestoreSummary }: TableDescription): boolean =>
  TableStatus === 'ACTIVE' &&
  GlobalSecondaryIndexes.every(({ IndexStatus }) => IndexStatus === 'ACTIVE') &&
  !RestoreSummary?.RestoreInProgress;

const recoveryOf = async (client: DynamoDBClient, TableName: string) => {
  const { ContinuousBackupsDescription } = await client.send(
    new DescribeContinuousBackupsCommand({ TableName }),
  );
  return ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
};

const start = async (client: DynamoDBClient, { source, target, at }: RestoreRequest): Promise<void> => {
  const recovery = await recoveryOf(client, source);
  if (recovery?.PointInTimeRecoveryStatus !== 'ENABLED') {
    throw new UserError(`${source} has no point-in-time recovery, so it cannot be restored`);
  }
  try {
    await client.send(
      new RestoreTableToPointInTimeCommand({
        SourceTableName: source,
        TargetTableName: target,
        RestoreDateTime: at,
      }),
    );
  } catch (error) {
    if (!(error instanceof InvalidRestoreTimeException)) throw error;
    const { EarliestRestorableDateTime: earliest, LatestRestorableDateTime: latest } = recovery;
    throw new UserError(
      `${source} can be restored to ${earliest?.toISOString()} at the earliest and to ${latest?.toISOString()} at the latest`,
    );
  }
};

/** The tags of a table, without CloudFormation's own, whose names are reserved. */
const tagsOf = async (client: DynamoDBClient, ResourceArn: string | undefined): Promise<Tag[]> => {
  const tags: Tag[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(new ListTagsOfResourceCommand({ ResourceArn, NextToken }));
    tags.push(...(page.Tags ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return tags.filter(({ Key }) => !Key?.startsWith('aws:'));
};

/**
 * Enables the backups of a restored table, for as many days as those of its source.
 * @throws ContinuousBackupsUnavailableException if the table still has none after {@link BACKUP_ATTEMPTS}
 */
const enableRecovery = async (
  client: DynamoDBClient,
  { source, target }: RestoreRequest,
  pause: () => Promise<unknown>,
): Promise<void> => {
  const days = (await recoveryOf(client, source))?.RecoveryPeriodInDays;
  const command = new UpdateContinuousBackupsCommand({
    TableName: target,
    PointInTimeRecoverySpecification: {
      PointInTimeRecoveryEnabled: true,
      ...(days !== undefined && { RecoveryPeriodInDays: days }),
    },
  });
  for (let attempt = 1; ; attempt++) {
    try {
      await client.send(command);
      return;
    } catch (error) {
      const isTooEarly = error instanceof ContinuousBackupsUnavailableException;
      if (!isTooEarly || attempt === BACKUP_ATTEMPTS) throw error;
      await pause();
    }
  }
};

/**
 * Gives a restored table the settings of its source that DynamoDB does not restore: stream, deletion protection, time to live,
 * point-in-time recovery and tags. Source: DynamoDB Developer Guide, "Restoring a table using point-in-time recovery".
 * Idempotent: only what differs is changed.
 */
const alignSettings = async (
  client: DynamoDBClient,
  { source, target, at }: RestoreRequest,
  { untilActive, pause }: { untilActive: () => Promise<TableDescription>; pause: () => Promise<unknown> },
): Promise<void> => {
  const [from, to] = [await tableOf(client, source), await untilActive()];
  const update = async (change: Omit<UpdateTableCommandInput, 'TableName'>): Promise<void> => {
    await client.send(new UpdateTableCommand({ TableName: target, ...change }));
    await untilActive();
  };
  if (from?.StreamSpecification?.StreamEnabled && !to.StreamSpecification?.StreamEnabled) {
    await update({ StreamSpecification: from.StreamSpecification });
  }
  if (from?.DeletionProtectionEnabled && !to.DeletionProtectionEnabled) {
    await update({ DeletionProtectionEnabled: true });
  }

  const ttlOf = async (TableName: string) =>
    (await client.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription;
  const [ttl, own] = await Promise.all([ttlOf(source), ttlOf(target)]);
  if (ttl?.TimeToLiveStatus === 'ENABLED' && own?.AttributeName !== ttl.AttributeName) {
    const TimeToLiveSpecification = { Enabled: true, AttributeName: ttl.AttributeName };
    await client.send(new UpdateTimeToLiveCommand({ TableName: target, TimeToLiveSpecification }));
  }

  await enableRecovery(client, { source, target, at }, pause);
  const Tags = await tagsOf(client, from?.TableArn);
  if (Tags.length > 0) await client.send(new TagResourceCommand({ ResourceArn: to.TableArn, Tags }));
};

/**
 * Restores a table to a moment under another name, waits for it, and gives it the settings of its source. The source stays as
 * it is. Safe to repeat: a call for the same target continues where an interrupted one has stopped.
 *
 * @throws {@link UserError} if the table cannot be restored to that moment, or the target is another table
 */
export const restoreTable = async (
  client: DynamoDBClient,
  request: RestoreRequest,
  { sleep: wait = sleep, onProgress = () => {} }: RestoreOptions = {},
): Promise<Restored> => {
  const { source, target } = request;
  const pause = () => wait(POLL_MS);
  const live = await tableOf(client, source);
  if (live === undefined) {
    throw new UserError(`There is no table ${source}; see "A deleted table" in docs/runbook.md`);
  }
  const earlier = await tableOf(client, target);
  const origin = earlier?.RestoreSummary?.SourceTableArn;
  if (origin !== undefined && origin !== live.TableArn) {
    throw new UserError(`${target} already exists, restored from ${origin}: choose another moment`);
  }
  if (earlier === undefined) await start(client, request);

  const untilActive = async (): Promise<TableDescription> => {
    for (let missing = 0; missing < MISSING_READS; ) {
      const table = await tableOf(client, target);
      if (table !== undefined && isReady(table)) return table;
      missing = table === undefined ? missing + 1 : 0;
      await pause();
    }
    throw new Error(`${target} does not exist although its restore was started: run the command again`);
  };
  onProgress('restoring');
  await untilActive();
  onProgress('restored; aligning its settings');
  await alignSettings(client, request, { untilActive, pause });
  onProgress('ready');
  const { LatestStreamArn: streamArn } = await untilActive();
  return { name: target, ...(streamArn !== undefined && { streamArn }) };
};
