import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { APIGatewayClient, GetApiKeysCommand, GetAuthorizersCommand } from '@aws-sdk/client-api-gateway';
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { ROOT } from '#local/folders.ts';
import { localAwsEnv } from '#local/ministack.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { newApiKey } from '#shared/keys/api-key.ts';
import { send, testStack } from '#test/support/api.ts';
import { errorBody } from '#test/support/error-bodies.ts';
import { functionOf, invoke } from '#test/support/functions.ts';
import { rowsOf, tableName } from '#test/support/tables.ts';

const run = promisify(execFile);

/** Runs the command line as on AWS, where the stage's stack is looked up in CloudFormation; the last `--stage` counts. */
const keys = async (command: string, ...args: readonly string[]): Promise<string> => {
  const { stdout } = await run(process.execPath, ['cli/keys.ts', command, '--stage', 'local', ...args], {
    cwd: ROOT,
    env: { ...localAwsEnv(testStack().endpoint), NODE_OPTIONS: '' },
  });
  return stdout;
};

/** The ids and the key in the output of `create`. @throws Error if one of them is missing */
const created = (output: string) => {
  const find = (pattern: RegExp): string => {
    const [, value] = pattern.exec(output) ?? [];
    if (value === undefined) throw new Error(`${pattern} is not in the output:\n${output}`);
    return value;
  };
  return {
    orgId: find(/\((o_\w+)\)/),
    keyId: find(/^key id\s+(k_\w+)$/m),
    apiKey: find(/^API key\s+(\S+)$/m),
  };
};

let made = 0;
const newName = () => `keys ${Date.now()} ${made++}`;

const statusWith = async (apiKey: string): Promise<number> =>
  (await send('/v1/imports', { headers: { 'x-api-key': apiKey } })).status;

/** Invokes the authorizer directly, which bypasses its cached results. */
const authorize = async (apiKey: string) => {
  const { FunctionName } = await functionOf('authorize/api-key');
  return invoke(FunctionName, {
    type: 'REQUEST',
    methodArn: 'arn:aws:execute-api:us-east-1:000000000000:abc/api/GET/v1/imports',
    headers: { 'X-API-Key': apiKey },
  });
};

const apiGateway = (): APIGatewayClient => {
  Object.assign(process.env, localAwsEnv(testStack().endpoint));
  return new APIGatewayClient();
};

describe('a request without a valid key', () => {
  it.each([
    ['no key', {}],
    ['a key without the form of one', { 'x-api-key': 'secret' }],
    ['an unknown key', { 'x-api-key': newApiKey() }],
  ])(
    'answers 401 in the common shape each time, whether or not the result is cached: %s',
    async (_, headers) => {
      const answers = [await send('/v1/imports', { headers }), await send('/v1/segments', { headers })];

      for (const { status, body } of answers) {
        expect(status).toBe(401);
        expect(body).toEqual(
          errorBody('unauthorized', 'gateway', 'X-API-Key is missing, unknown or revoked'),
        );
      }
    },
  );
});

describe('npm run keys -- create', () => {
  it('creates a key for the API, and stores only its SHA-256 and its prefix', async () => {
    const name = newName();

    const { orgId, keyId, apiKey } = created(await keys('create', '--org', name, '--label', 'the importer'));

    expect(await statusWith(apiKey)).toBe(200);
    const rows = await rowsOf({ orgId }, tableName(OUTPUT.keysTable));
    const digest = createHash('sha256').update(apiKey).digest('hex');
    expect(rows.filter((row) => row.includes(`key#${digest}`))).toHaveLength(1);
    for (const row of rows) expect(row).not.toContain(apiKey.slice(8));
    expect(rows.join()).toContain(keyId);
    // The usage plan identifies the organisation by a value that is not a valid key.
    const { items = [] } = await apiGateway().send(
      new GetApiKeysCommand({ nameQuery: orgId, includeValues: true }),
    );
    expect(items).toHaveLength(1);
    expect(await statusWith(items[0]?.value ?? '')).toBe(401);
  }, 30_000);

  it('creates further keys for the existing organisation of that name', async () => {
    const name = newName();

    const first = created(await keys('create', '--org', name));
    const second = created(await keys('create', '--org', name));

    expect(second.orgId).toBe(first.orgId);
    expect(second.keyId).not.toBe(first.keyId);
    expect(second.apiKey).not.toBe(first.apiKey);
    const { body } = await send('/v1/contacts/batch', {
      method: 'POST',
      headers: { 'x-api-key': first.apiKey, 'content-type': 'application/json' },
      body: '{"contacts":[{"email":"sarah@example.com"}]}',
    });
    const read = await send(`/v1/contacts/${body.contacts[0].contactId}`, {
      headers: { 'x-api-key': second.apiKey },
    });
    expect(read.status).toBe(200);
  }, 30_000);

  it('creates one organisation if two calls use the same name at the same time', async () => {
    const name = newName();

    const outputs = await Promise.all([keys('create', '--org', name), keys('create', '--org', name)]);

    const [first, second] = outputs.map(created);
    expect(second?.orgId).toBe(first?.orgId);
  }, 30_000);
});

describe('npm run keys -- list', () => {
  it('shows every key by id, prefix, label and state, and no complete key', async () => {
    const name = newName();
    const first = created(await keys('create', '--org', name, '--label', 'the importer'));
    const second = created(await keys('create', '--org', name, '--label', 'the other'));
    await keys('revoke', '--org', name, '--key', first.keyId);

    const lines = (await keys('list', '--org', name)).trim().split('\n');

    const lineOf = ({ keyId }: { keyId: string }) => lines.find((line) => line.startsWith(keyId)) ?? '';
    expect(lines).toHaveLength(2);
    expect(lineOf(first)).toMatch(/revoked \d{4}-.*the importer$/);
    expect(lineOf(second)).toMatch(/active.*the other$/);
    for (const key of [first, second]) {
      expect(lineOf(key)).toContain(`${key.apiKey.slice(0, 8)}…`);
      expect(lines.join()).not.toContain(key.apiKey.slice(0, 12));
    }
  }, 30_000);

  it.each([
    ['an unknown organisation', [], 'There is no organisation "nobody"'],
    ['an unknown stage', ['--stage', 'trial'], 'There is no stack PigeonPerchBackfill-trial in us-east-1'],
  ])(
    'fails with the cause, in a sentence: %s',
    async (_what, args, message) => {
      const failure = await keys('list', '--org', 'nobody', ...args).catch(
        (error: { code: number; stderr: string }) => error,
      );

      expect(failure).toMatchObject({ code: 1, stderr: expect.stringContaining(message) });
    },
    15_000,
  );
});

describe('a stack that is not completely deployed', () => {
  it('is named with what it lacks, and how to deploy it', async () => {
    Object.assign(process.env, localAwsEnv(testStack().endpoint));
    const stage = `half${process.pid}`;
    const StackName = `PigeonPerchBackfill-${stage}`;
    const TemplateBody = '{"Resources": {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}';
    await new CloudFormationClient().send(new CreateStackCommand({ StackName, TemplateBody }));

    const failure = await keys('list', '--org', 'nobody', '--stage', stage).catch((error) => error);

    expect(failure).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        `The stack ${StackName} has no output KeysTableName: deploy it completely first (npx cdk deploy -c stage=${stage})`,
      ),
    });
  }, 15_000);
});

describe('npm run keys -- revoke', () => {
  it('makes the authorizer reject the key from its next look-up on, and keeps the others valid', async () => {
    const name = newName();
    const revoked = created(await keys('create', '--org', name));
    const other = created(await keys('create', '--org', name));
    const before = await authorize(revoked.apiKey);

    await keys('revoke', '--org', name, '--key', revoked.keyId);

    expect(before).toMatchObject({ failed: false, payload: { context: { orgId: revoked.orgId } } });
    expect(await authorize(revoked.apiKey)).toMatchObject({
      failed: false,
      payload: { policyDocument: { Statement: [{ Effect: 'Deny' }] } },
    });
    expect(await statusWith(revoked.apiKey)).toBe(401);
    expect(await statusWith(other.apiKey)).toBe(200);
  }, 30_000);

  it('fails if there is no such active key: of another organisation, unknown, or already revoked', async () => {
    const [name, otherName] = [newName(), newName()];
    const { keyId } = created(await keys('create', '--org', name));
    const other = created(await keys('create', '--org', otherName));
    await keys('revoke', '--org', name, '--key', keyId);

    const failures = await Promise.all(
      [other.keyId, 'k_unknown', keyId].map((key) =>
        keys('revoke', '--org', name, '--key', key).catch((error: { stderr: string }) => error),
      ),
    );

    for (const failure of failures) {
      expect(failure).toMatchObject({ code: 1, stderr: expect.stringContaining('has no active key') });
    }
    expect(await statusWith(other.apiKey)).toBe(200);
  }, 30_000);

  it('takes effect within a minute, since results of the authorizer are not cached for longer', async () => {
    const restApiId = /execute-api\/(\w+)\//.exec(testStack().apiUrl)?.[1];

    const { items = [] } = await apiGateway().send(new GetAuthorizersCommand({ restApiId }));

    expect(items.length).toBeGreaterThan(0);
    for (const { authorizerResultTtlInSeconds } of items) {
      expect(authorizerResultTtlInSeconds).toBeLessThanOrEqual(60);
    }
  });
});
