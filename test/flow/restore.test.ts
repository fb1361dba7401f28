import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { APIGatewayClient, GetApiKeysCommand } from '@aws-sdk/client-api-gateway';
import {
  DeleteItemCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ListTablesCommand,
  ScanCommand,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb';
import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { runCommand } from '#local/command.ts';
import { LOCAL, ROOT } from '#local/folders.ts';
import { localAwsEnv } from '#local/ministack.ts';
import { endGroup } from '#local/processes.ts';
import { type Call, caller, makeKey } from '#local/seed.ts';
import { bringUp, type LocalStack } from '#local/stack.ts';
import { silentSteps } from '#local/steps.ts';
import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { createSqsClient } from '#shared/aws/sqs.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { outputsByName } from '#shared/deployment/outputs.ts';
import { until } from '#test/support/until.ts';
import cdkJson from '../../cdk.json' with { type: 'json' };

const STACK = 'PigeonPerchBackfill-local';
const FOLDER = join(LOCAL, `restore-${process.pid}`);

/** A stack of its own, since it is deployed again and destroyed. */
let stack: LocalStack;

const env = () => ({ ...localAwsEnv(stack.endpoint), NODE_OPTIONS: '' });

const node = async (...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)(process.execPath, args, { cwd: ROOT, env: env() })).stdout;

/** Runs the CDK as the operator does after setting `restoredTables` in cdk.json. */
const cdk = async (restoredTables: object, ...args: readonly string[]): Promise<void> => {
  const cwd = join(FOLDER, 'edited');
  const app = `node ${join(ROOT, 'infra', 'app.ts')}`;
  const context = { ...cdkJson.context, stage: 'local', stages: { local: { restoredTables } } };
  await mkdir(cwd, { recursive: true });
  await writeFile(join(cwd, 'cdk.json'), JSON.stringify({ app, context }));
  const PATH = `${join(ROOT, 'node_modules', '.bin')}:${process.env['PATH']}`;
  await runCommand('cdk', [...args, '--no-notices'], {
    cwd,
    logFile: join(FOLDER, 'redeploy.log'),
    env: { ...env(), PATH, CDK_DISABLE_CLI_TELEMETRY: 'true' },
  });
};

/** Deploys the stage again. @returns its outputs, by name */
const deploy = async (restoredTables: object): Promise<LocalStack['outputs']> => {
  const file = join(FOLDER, 'redeploy.json');
  await cdk(restoredTables, 'deploy', '--require-approval', 'never', '--outputs-file', file);
  return outputsByName(Object.entries(JSON.parse(await readFile(file, 'utf8'))[STACK]));
};

/** Runs `npm run restore`, which looks the stage up as on AWS. @returns the setting that it prints */
const restore = async (at: string): Promise<Record<string, { name: string; streamArn: string }>> => {
  const printed = await node('cli/restore.ts', '--stage', 'local', '--tables', 'Events', '--at', at);
  return JSON.parse(/"restoredTables": (.*)$/s.exec(printed)?.[1] ?? 'null');
};

const eventAt = (type: string, occurredAt: string) => ({
  contactEmail: 'sarah@example.com',
  type,
  occurredAt,
});

/**
 * One stage from its deployment to its end. The local engine restores the present rows, whatever the moment, and does not
 * import tables into a stack; test/unit/cli/restored-table.test.ts has what DynamoDB does beyond it.
 */
describe('a stage whose event table is restored', () => {
  let call: Call;
  let contactId: string;
  let restored: Awaited<ReturnType<typeof restore>>;
  let dynamo: DynamoDBClient;

  const send = (type: string, occurredAt: string) =>
    call('POST', '/v1/events/email/batch', JSON.stringify({ events: [eventAt(type, occurredAt)] }));
  const typesInTimeline = async (): Promise<string[]> => {
    const page = await call('GET', `/v1/contacts/${contactId}/activity`);
    return (page as { items: { type: string }[] }).items.map(({ type }) => type).sort();
  };
  const rowsOf = async (TableName = '') => (await dynamo.send(new ScanCommand({ TableName }))).Items ?? [];

  beforeAll(async () => {
    stack = await bringUp({ folder: FOLDER, steps: silentSteps });
    Object.assign(process.env, localAwsEnv(stack.endpoint));
    dynamo = createDynamoClient();
    const { apiKey } = await makeKey(stack, 'restored');
    call = caller(stack.apiUrl, apiKey);
    const contacts = { contacts: [{ email: 'sarah@example.com' }] };
    const created = await call('POST', '/v1/contacts/batch', JSON.stringify(contacts));
    contactId = (created as { contacts: { contactId: string }[] }).contacts[0]?.contactId ?? '';
  }, 300_000);

  afterAll(async () => {
    await endGroup(stack);
    await rm(FOLDER, { recursive: true, force: true });
  }, 30_000);

  it('gets a second table with the rows and the stream of the first, by a command that may be repeated', async () => {
    const TableName = stack.outputs[OUTPUT.eventsTable];
    const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
    await dynamo.send(new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }));
    await send('opened', '2025-11-15T10:30:00Z');
    const at = `${new Date().toISOString().slice(0, 19)}Z`;

    restored = await restore(at);
    const again = await restore(at);

    expect(again).toEqual(restored);
    const { name, streamArn } = restored['Events'] ?? {};
    const { Table } = await dynamo.send(new DescribeTableCommand({ TableName: name }));
    expect(Table?.StreamSpecification).toEqual({ StreamEnabled: true, StreamViewType: 'NEW_IMAGE' });
    expect(Table?.LatestStreamArn).toBe(streamArn);
    expect(await rowsOf(name)).toHaveLength(1);
  }, 120_000);

  it('serves the restored table with its stream once that is a setting, and leaves its own as it is', async () => {
    const own = stack.outputs[OUTPUT.eventsTable];
    const [{ pk, sk }] = (await rowsOf(own)) as [{ pk: { S: string }; sk: { S: string } }];
    await dynamo.send(new DeleteItemCommand({ TableName: own, Key: { pk, sk } }));
    await send('bounced', '2025-11-16T10:30:00Z');
    const damaged = await typesInTimeline();

    const outputs = await deploy(restored);
    await send('clicked', '2025-11-17T10:30:00Z');

    expect(damaged).toEqual(['bounced']);
    expect(outputs[OUTPUT.eventsTable]).toBe(restored['Events']?.name);
    expect(await typesInTimeline()).toEqual(['clicked', 'opened']);
    const chart = '/v1/analytics/email?from=2025-11-17&to=2025-11-18&interval=day';
    await until(
      'the chart counts an event of the restored table',
      async () => JSON.stringify(await call('GET', chart)).includes('"clicked":1'),
      30_000,
    );
    expect(await rowsOf(own)).toHaveLength(1);
  }, 300_000);

  it('leaves nothing when it is destroyed, not even API keys and logs, but the table that is not its own', async () => {
    const apiGateway = new APIGatewayClient();
    const apiKeys = async () => (await apiGateway.send(new GetApiKeysCommand({ limit: 500 }))).items ?? [];
    await node('cli/keys.ts', 'create', '--org', 'one', '--stage', 'local');
    await node('cli/keys.ts', 'create', '--org', 'another', '--stage', 'local');
    const before = await apiKeys();

    await cdk(restored, 'destroy', '--force');

    const isOfStack = (name: string) => name.includes(STACK);
    expect(before).toHaveLength(2);
    expect(await apiKeys()).toEqual([]);
    const { TableNames = [] } = await dynamo.send(new ListTablesCommand({}));
    expect(TableNames.filter(isOfStack)).toEqual([restored['Events']?.name]);
    const { QueueUrls = [] } = await createSqsClient().send(new ListQueuesCommand({}));
    expect(QueueUrls.filter(isOfStack)).toEqual([]);
  }, 300_000);
});
