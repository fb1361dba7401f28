import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { OUTPUT } from '#shared/deployment/names.ts';
import { outputsByName } from '#shared/deployment/outputs.ts';
import { runCommand, type Supervision } from './command.ts';
import { LOCAL, ROOT } from './folders.ts';
import { localAwsEnv, type MiniStack, startMiniStack } from './ministack.ts';
import { freePort } from './ports.ts';
import { endGroup } from './processes.ts';
import { prepareMiniStack } from './python.ts';
import type { Steps } from './steps.ts';

const STACK_NAME = 'PigeonPerchBackfill-local';

/** A running stack, in a MiniStack of its own. */
export interface LocalStack extends MiniStack {
  /** The API's base URL, which ends in `/api`. */
  readonly apiUrl: string;
  /** The outputs of `cdk deploy`, by name. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** Options of {@link bringUp}. */
export interface StackOptions extends Supervision {
  /** The stack's folder for output, logs and temporary files; its previous content is deleted. */
  readonly folder: string;
  /** @default - a free port */
  readonly port?: number | undefined;
  readonly steps: Steps;
}

const OutputsSchema = v.record(v.string(), v.record(v.string(), v.string()));

/** Reads the outputs of a stack in the outputs file of `cdk deploy`. */
const readOutputs = async (file: string, stackName: string): Promise<LocalStack['outputs']> => {
  const outputs = v.parse(OutputsSchema, JSON.parse(await readFile(file, 'utf8')))[stackName] ?? {};
  return outputsByName(Object.entries(outputs));
};

/** Options of {@link runCdk}. */
interface CdkOptions extends Supervision {
  readonly endpoint: string;
  readonly logFile: string;
}

/** Runs the CDK's command line against a MiniStack. */
const runCdk = (args: readonly string[], { endpoint, ...options }: CdkOptions): Promise<void> =>
  runCommand('cdk', [...args, '--no-notices'], {
    ...options,
    cwd: ROOT,
    env: {
      ...localAwsEnv(endpoint),
      PATH: `${join(ROOT, 'node_modules', '.bin')}:${process.env['PATH']}`,
      CDK_DISABLE_CLI_TELEMETRY: 'true',
    },
  });

/** An app to deploy. */
interface Deployment {
  /** A cloud assembly, or the command of an app. */
  readonly app: string;
  /** The folder of the assembly that the command creates. @default - the app is one */
  readonly output?: string;
  /** The name of its only stack. */
  readonly stackName: string;
  /** The folder of the outputs file. */
  readonly folder: string;
}

/** A deployed stack with an API. */
type Deployed = Pick<LocalStack, 'apiUrl' | 'outputs'>;

/**
 * Deploys an app, whose output {@link OUTPUT.apiUrl} is the URL of its API, to a MiniStack whose account is bootstrapped.
 * @throws UserError if that fails
 */
export const deployApp = async (
  { app, output, stackName, folder }: Deployment,
  options: CdkOptions,
): Promise<Deployed> => {
  const outputsFile = join(folder, `${stackName}-outputs.json`);
  const flags = ['--require-approval', 'never', '--outputs-file', outputsFile];
  if (output !== undefined) flags.push('--output', output);
  await runCdk(['deploy', '--app', app, ...flags], options);
  const outputs = await readOutputs(outputsFile, stackName);
  const apiId = /\/\/([^.]+)\./.exec(outputs[OUTPUT.apiUrl] ?? '')?.[1];
  if (apiId === undefined) throw new Error(`cdk deploy returned no API URL; see ${options.logFile}`);
  // MiniStack's path-style URL of an API, which requires no DNS names.
  return { apiUrl: `${options.endpoint}/_aws/execute-api/${apiId}/api`, outputs };
};

/**
 * Deploys the real app to a new MiniStack with `cdk synth`, `cdk bootstrap` and `cdk deploy`, as on AWS.
 * @throws UserError if a step fails, with the path of the log, or the signal's reason; everything it has started is
 *   stopped first
 */
export const bringUp = async ({ folder, port, steps, ...supervision }: StackOptions): Promise<LocalStack> => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const assembly = join(folder, 'cdk.out');
  const deployLog = join(folder, 'deploy.log');

  const python = await steps.run('Preparing MiniStack, the local AWS', () =>
    prepareMiniStack(LOCAL, join(folder, 'ministack-install.log'), supervision),
  );
  const miniStack = await steps.run('Starting MiniStack', async () =>
    startMiniStack(python, port ?? (await freePort()), folder, supervision),
  );
  const { endpoint } = miniStack;
  const options = { ...supervision, endpoint, logFile: deployLog };
  try {
    await steps.run('Bundling the functions (cdk synth)', () =>
      runCdk(['synth', '--quiet', '-c', 'stage=local', '-o', assembly], options),
    );
    await steps.run('Preparing the account (cdk bootstrap)', () =>
      runCdk(['bootstrap', 'aws://000000000000/us-east-1', '--app', assembly], options),
    );
    const deployed = await steps.run('Deploying the app (cdk deploy)', () =>
      deployApp({ app: assembly, stackName: STACK_NAME, folder }, options),
    );
    return { ...miniStack, ...deployed };
  } catch (error) {
    await endGroup(miniStack);
    throw error;
  }
};
