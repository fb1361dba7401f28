import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Template } from 'aws-cdk-lib/assertions';
import { readSettings } from '#infra/given-settings.ts';
import { SettingsError } from '#infra/stage-settings.ts';
import { ROOT } from '#local/folders.ts';
import { makeStack } from '#test/support/template.ts';
import cdkJson from '../../cdk.json' with { type: 'json' };

const DOMAIN = {
  name: 'api.example.com',
  certificateArn: 'arn:aws:acm:eu-west-1:111122223333:certificate/1a2b-3c4d',
};

const settingsOf = (context: Readonly<Record<string, unknown>>) => readSettings((name) => context[name]);

/** The message of the error with which these settings of a stage are refused. */
const refusalOf = (given: unknown, stage = 'production'): string => {
  try {
    settingsOf({ stage, stages: { [stage]: given } });
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  return '';
};

describe('the settings of a stage', () => {
  it('are those of cdk.json, so that a deployment without any options has them', () => {
    const stages = { production: { alarmEmails: ['oncall@example.com'], domain: DOMAIN } };

    const settings = settingsOf({ stages });

    expect(settings).toMatchObject({
      name: 'production',
      keepData: true,
      alarmEmails: ['oncall@example.com'],
      domain: DOMAIN,
    });
  });

  it('do not apply to another stage', () => {
    const stages = { production: { alarmEmails: ['oncall@example.com'], domain: DOMAIN } };

    const settings = settingsOf({ stage: 'trial', stages });

    expect(settings).toMatchObject({ name: 'trial', keepData: false, alarmEmails: [] });
    expect(settings.domain).toBeUndefined();
  });

  it('can make a stage beside production keep its data', () => {
    const settings = settingsOf({ stage: 'rehearsal', stages: { rehearsal: { keepData: true } } });

    expect(settings).toMatchObject({ name: 'rehearsal', keepData: true });
  });

  it('are those of a stage whose name can be part of the stack’s', () => {
    expect(() => settingsOf({ stage: 'Trial 1' })).toThrow(SettingsError);
  });

  it.each([
    ['data of production that is not kept', { keepData: false }, 'keepData must be true'],
    ['an unknown setting', { alarmMails: [] }, 'alarmMails is not a setting'],
    ['a bad address', { alarmEmails: ['a@example.com', 'oncall'] }, 'alarmEmails.1 is not an email address'],
    ['addresses as text', { alarmEmails: 'a@example.com' }, 'alarmEmails must be Array'],
    ['a domain without a certificate', { domain: { name: DOMAIN.name } }, 'domain.certificateArn is missing'],
    [
      'a certificate without a domain',
      { domain: { certificateArn: DOMAIN.certificateArn } },
      'domain.name is missing',
    ],
    [
      'a domain as a URL',
      { domain: { ...DOMAIN, name: 'https://api.example.com' } },
      'domain.name is not a host name in lower case',
    ],
    [
      'a certificate of IAM',
      { domain: { ...DOMAIN, certificateArn: 'arn:aws:iam::111122223333:server-certificate/a' } },
      'domain.certificateArn is not the ARN of an ACM certificate',
    ],
    ['no concurrency', { accountConcurrency: 0 }, 'accountConcurrency is not a whole number above zero'],
    ['a concurrency as text', { accountConcurrency: '10' }, 'accountConcurrency must be number'],
    [
      'a restored table that is none of the service',
      { restoredTables: { Invoices: { name: 'restored' } } },
      'restoredTables.Invoices is not a setting',
    ],
    [
      'restored events without their stream',
      { restoredTables: { Events: { name: 'restored' } } },
      'restoredTables.Events.streamArn is missing',
    ],
    [
      'the stream of a restored table that has no consumers',
      { restoredTables: { Keys: { name: 'restored', streamArn: 'arn' } } },
      'restoredTables.Keys.streamArn is not a setting',
    ],
  ])('are refused with the field and the file: %s', (_, given, sentence) => {
    expect(refusalOf(given)).toBe(`cdk.json: context.stages.production.${sentence}`);
    expect(refusalOf(given, 'trial')).toBe(`cdk.json: context.stages.trial.${sentence}`);
  });

  it.each([
    ['alarmEmails', 'alarmEmails'],
    ['domainName', 'domain.name'],
    ['certificateArn', 'domain.certificateArn'],
  ])('cannot be options of one deployment: -c %s', (option, setting) => {
    const read = () => settingsOf({ [option]: 'value' });

    expect(read).toThrow(`set context.stages.production.${setting} in cdk.json instead`);
  });

  it('are valid in the cdk.json of a fresh clone', () => {
    expect(() => settingsOf(cdkJson.context)).not.toThrow();
  });
});

describe('alarm addresses', () => {
  const synth = (stage: string) => () => Template.fromStack(makeStack(stage, { alarmEmails: [] }).stack);

  it('are required in production', () => {
    expect(synth('production')).toThrow('in context.stages.production.alarmEmails of cdk.json');
  });

  it.each(['trial', 'local'])('are optional in the stage %s', (stage) => {
    expect(synth(stage)).not.toThrow();
  });
});

describe('the app', () => {
  const folders: string[] = [];
  afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

  /** Runs the app as the CDK does. @returns the folder of the assembly that it writes */
  const run = async (context: object): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'settings-'));
    folders.push(folder);
    const env = {
      ...process.env,
      NODE_OPTIONS: '',
      CDK_OUTDIR: folder,
      CDK_CONTEXT_JSON: JSON.stringify({ 'aws:cdk:bundling-stacks': [], ...context }),
    };
    await promisify(execFile)(process.execPath, ['infra/app.ts'], { cwd: ROOT, env });
    return folder;
  };

  const cdk = (...args: readonly string[]) => {
    const env = { ...process.env, NODE_OPTIONS: '', CDK_DISABLE_CLI_TELEMETRY: 'true' };
    return promisify(execFile)(join(ROOT, 'node_modules', '.bin', 'cdk'), args, { cwd: ROOT, env });
  };

  it('writes the template of a production without alarm addresses, with an error that the CDK refuses to deploy', async () => {
    const folder = await run({});

    const failure = await cdk('synth', '--quiet', '--no-notices', '--app', folder).catch((error) => error);

    expect(failure.code).toBe(1);
    expect(failure.stderr).toContain('context.stages.production.alarmEmails of cdk.json');
    expect(await readdir(folder)).toContain('PigeonPerchBackfill-production.template.json');
  }, 240_000);

  it('refuses invalid settings with a sentence, without a stack trace', async () => {
    const failure = await run({ stages: { production: { domain: {} } } }).catch((error) => error);

    expect(failure).toMatchObject({
      code: 1,
      stderr:
        'cdk.json: context.stages.production.domain.name is missing; context.stages.production.domain.certificateArn is missing\n',
    });
  }, 240_000);
});
