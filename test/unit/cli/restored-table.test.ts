import {
  ContinuousBackupsUnavailableException,
  type DynamoDBClient,
  InvalidRestoreTimeException,
  ResourceNotFoundException,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';

import { restoreTable } from '../../../cli/restored-table.ts';
import { UserError } from '../../../cli/user-error.ts';

const AT = new Date('2026-03-01T10:00:00Z');
const REQUEST = { source: 'live', target: 'restored', at: AT };
const $metadata = {};

interface Table {
  readonly description: TableDescription;
  readonly ttl?: string;
  readonly recoveryDays?: number;
  readonly tags: readonly { Key: string; Value: string }[];
}

/** The event table as production has it, and a time to live. */
const LIVE: Table = {
  description: {
    TableArn: 'arn of live',
    TableStatus: 'ACTIVE',
    DeletionProtectionEnabled: true,
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    GlobalSecondaryIndexes: [{ IndexName: 'byRank', IndexStatus: 'ACTIVE' }],
  },
  ttl: 'expiresAt',
  recoveryDays: 35,
  tags: [
    { Key: 'aws:cloudformation:stack-name', Value: 'PigeonPerchBackfill-production' },
    { Key: 'stage', Value: 'production' },
  ],
};

/** What DynamoDB restores: rows and indexes. Source: Developer Guide, "Restoring a table using point-in-time recovery". */
const RESTORED: Table = {
  description: {
    TableArn: 'arn of restored',
    TableStatus: 'CREATING',
    DeletionProtectionEnabled: false,
    GlobalSecondaryIndexes: [{ IndexName: 'byRank', IndexStatus: 'CREATING' }],
    RestoreSummary: { SourceTableArn: 'arn of live', RestoreDateTime: AT, RestoreInProgress: true },
  },
  tags: [],
};

/**
 * DynamoDB with point-in-time recovery. A table that is created or updated becomes active at the next pause.
 * @param faults - errors, by the name of the command that fails with them; each once
 */
const aDynamo = (initial: Record<string, Table> = { live: LIVE }, faults: Record<string, Error[]> = {}) => {
  const tables: Record<string, Table> = structuredClone(initial);
  const journal: string[] = [];
  const change = (name: string, description: TableDescription, rest: Partial<Table> = {}) => {
    const table = tables[name] as Table;
    tables[name] = { ...table, ...rest, description: { ...table.description, ...description } };
  };
  const settle = async () => {
    for (const name of Object.keys(tables)) {
      const { GlobalSecondaryIndexes, RestoreSummary } = (tables[name] as Table).description;
      change(name, {
        TableStatus: 'ACTIVE',
        ...(GlobalSecondaryIndexes && {
          GlobalSecondaryIndexes: GlobalSecondaryIndexes.map((one) => ({
            ...one,
            IndexStatus: 'ACTIVE' as const,
          })),
        }),
        ...(RestoreSummary && { RestoreSummary: { ...RestoreSummary, RestoreInProgress: false } }),
      });
    }
  };
  const assertActive = (name: string) => {
    if (tables[name]?.description.TableStatus !== 'ACTIVE') throw new Error(`${name} is in use`);
  };
  // biome-ignore lint/suspicious/noExplicitAny: inputs of every command
  const answers: Record<string, (input: any) => unknown> = {
    DescribeTable: ({ TableName }) => {
      const table = tables[TableName];
      if (table === undefined) throw new ResourceNotFoundException({ message: TableName, $metadata });
      return { Table: structuredClone(table.description) };
    },
    DescribeContinuousBackups: ({ TableName }) => ({
      ContinuousBackupsDescription: {
        PointInTimeRecoveryDescription: {
          PointInTimeRecoveryStatus: tables[TableName]?.recoveryDays === undefined ? 'DISABLED' : 'ENABLED',
          RecoveryPeriodInDays: tables[TableName]?.recoveryDays,
          EarliestRestorableDateTime: new Date('2026-02-01T00:00:00Z'),
          LatestRestorableDateTime: new Date('2026-03-07T00:00:00Z'),
        },
      },
    }),
    RestoreTableToPointInTime: ({ SourceTableName, TargetTableName, RestoreDateTime }) => {
      journal.push(`restore ${SourceTableName} to ${RestoreDateTime.toISOString()}`);
      tables[TargetTableName] = structuredClone(RESTORED);
    },
    UpdateTable: ({ TableName, StreamSpecification, DeletionProtectionEnabled }) => {
      assertActive(TableName);
      journal.push(StreamSpecification ? 'stream' : 'protection');
      change(TableName, {
        TableStatus: 'UPDATING',
        ...(StreamSpecification && { StreamSpecification, LatestStreamArn: 'arn of the stream' }),
        ...(DeletionProtectionEnabled && { DeletionProtectionEnabled }),
      });
    },
    DescribeTimeToLive: ({ TableName }) => {
      const AttributeName = tables[TableName]?.ttl;
      return {
        TimeToLiveDescription: AttributeName
          ? { TimeToLiveStatus: 'ENABLED', AttributeName }
          : { TimeToLiveStatus: 'DISABLED' },
      };
    },
    UpdateTimeToLive: ({ TableName, TimeToLiveSpecification }) => {
      journal.push('time to live');
      change(TableName, {}, { ttl: TimeToLiveSpecification.AttributeName });
    },
    UpdateContinuousBackups: ({ TableName, PointInTimeRecoverySpecification }) => {
      const { RecoveryPeriodInDays } = PointInTimeRecoverySpecification;
      change(TableName, {}, { recoveryDays: RecoveryPeriodInDays });
    },
    // Two pages, one tag each.
    ListTagsOfResource: ({ ResourceArn, NextToken }) => {
      const { tags = [] } =
        Object.values(tables).find(({ description }) => description.TableArn === ResourceArn) ?? {};
      return NextToken ? { Tags: tags.slice(1) } : { Tags: tags.slice(0, 1), NextToken: 'second' };
    },
    TagResource: ({ Tags }) => change('restored', {}, { tags: Tags }),
  };
  const send = async (command: { constructor: { name: string }; input: unknown }) => {
    const name = command.constructor.name.replace('Command', '');
    const fault = faults[name]?.shift();
    if (fault !== undefined) throw fault;
    return answers[name]?.(command.input) ?? {};
  };
  const run = () => restoreTable({ send } as unknown as DynamoDBClient, REQUEST, { sleep: settle });
  return { run, tables, journal };
};

describe('restoring a table', () => {
  it('restores it beside the live one, and gives it what DynamoDB does not restore', async () => {
    const { run, tables } = aDynamo();

    const restored = await run();

    expect(restored).toEqual({ name: 'restored', streamArn: 'arn of the stream' });
    expect(tables['restored']).toMatchObject({
      description: { DeletionProtectionEnabled: true, StreamSpecification: { StreamViewType: 'NEW_IMAGE' } },
      ttl: 'expiresAt',
      recoveryDays: 35,
      tags: [{ Key: 'stage', Value: 'production' }],
    });
    expect(tables['live']).toEqual(LIVE);
  });

  it('leaves out what the live table does not have', async () => {
    const { StreamSpecification: _stream, ...description } = LIVE.description;
    const { run, journal } = aDynamo({
      live: { description: { ...description, DeletionProtectionEnabled: false }, recoveryDays: 7, tags: [] },
    });

    const restored = await run();

    expect(restored).toEqual({ name: 'restored' });
    expect(journal).toEqual(['restore live to 2026-03-01T10:00:00.000Z']);
  });

  it('changes nothing when it is run again', async () => {
    const { run, journal, tables } = aDynamo();
    const first = await run();
    const [steps, table] = [journal.length, tables['restored']];

    const second = await run();

    expect(second).toEqual(first);
    expect(journal).toHaveLength(steps);
    expect(tables['restored']).toEqual(table);
  });

  it.each(['DescribeTable', 'UpdateTable', 'UpdateTimeToLive', 'UpdateContinuousBackups', 'TagResource'])(
    'continues where it was interrupted by a failure of %s, with one restore',
    async (command) => {
      const { run, journal, tables } = aDynamo(undefined, { [command]: [new Error('interrupted')] });
      await expect(run()).rejects.toThrow('interrupted');

      const restored = await run();

      expect(restored.streamArn).toBe('arn of the stream');
      expect(journal.filter((step) => step.startsWith('restore'))).toHaveLength(1);
      expect(tables['restored']).toMatchObject({
        ttl: 'expiresAt',
        recoveryDays: 35,
        tags: [{ Key: 'stage' }],
      });
    },
  );

  it('waits for the backups of a table that has just been created', async () => {
    const tooEarly = new ContinuousBackupsUnavailableException({ message: 'being enabled', $metadata });
    const { run, tables } = aDynamo(undefined, { UpdateContinuousBackups: [tooEarly, tooEarly] });

    await run();

    expect(tables['restored']?.recoveryDays).toBe(35);
  });

  it.each([
    ['a table that does not exist', {}, {}, 'There is no table live'],
    [
      'a table without backups',
      { live: { description: LIVE.description, tags: [] } },
      {},
      'live has no point-in-time recovery',
    ],
    [
      'a moment without backups',
      { live: LIVE },
      {
        RestoreTableToPointInTime: [new InvalidRestoreTimeException({ message: 'invalid', $metadata })],
      },
      'live can be restored to 2026-02-01T00:00:00.000Z at the earliest and to 2026-03-07T00:00:00.000Z at the latest',
    ],
    [
      'the name of a table restored from another one',
      {
        live: LIVE,
        restored: {
          ...RESTORED,
          description: {
            ...RESTORED.description,
            RestoreSummary: {
              SourceTableArn: 'arn of another',
              RestoreDateTime: AT,
              RestoreInProgress: false,
            },
          },
        },
      },
      {},
      'restored already exists, restored from arn of another',
    ],
  ])('refuses %s with a sentence, and changes nothing', async (_, tables, faults, message) => {
    const { run, journal } = aDynamo(tables as Record<string, Table>, faults as Record<string, Error[]>);

    const failure = await run().catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(UserError);
    expect((failure as Error).message).toContain(message);
    expect(journal).toEqual([]);
  });

  it('says so if the table does not appear', async () => {
    const { run, tables } = aDynamo();
    Object.defineProperty(tables, 'restored', { set: () => {}, get: () => undefined });

    await expect(run()).rejects.toThrow('run the command again');
  });
});
