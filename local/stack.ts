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

const OutputsSchema = v.object({ [STACK_NAME]: v.record(v.string(), v.string()) });

/** Reads the outputs file of `cdk deploy`. */
const readOutputs = async (file: string): Promise<LocalStack['outputs']> => {
  const outputs = v.parse(OutputsSchema, JSON.parse(await readFile(file, 'utf8')))[STACK_NAME] ?? {};
  return outputsByName(Object.entries(outputs));
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
  const cdk = (args: readonly string[], endpoint: string) =>
    runCommand('cdk', args, {
      ...supervision,
      cwd: ROOT,
      logFile: deployLog,
      env: {
        ...localAwsEnv(endpoint),
        PATH: `${join(ROOT, 'node_modules', '.bin')}:${process.env['PATH']}`,
        CDK_DISABLE_CLI_TELEMETRY: 'true',
      },
    });

  const python = await steps.run('Preparing MiniStack, the local AWS', () =>
    prepareMiniStack(LOCAL, join(folder, 'ministack-install.log'), supervision),
  );
  const miniStack = await steps.run('Starting MiniStack', async () =>
    startMiniStack(python, port ?? (await freePort()), folder, supervision),
  );
  const { endpoint } = miniStack;
  try {
    await steps.run('Bundling the functions (cdk synth)', () =>
      cdk(['synth', '--quiet', '--no-notices', '-c', 'stage=local', '-o', assembly], endpoint),
    );
    await steps.run('Preparing the account (cdk bootstrap)', () =>
      cdk(['bootstrap', 'aws://000000000000/us-east-1', '--no-notices', '--app', assembly], endpoint),
    );
    const outputsFile = join(folder, 'outputs.json');
    await steps.run('Deploying the app (cdk deploy)', () => {
      const flags = ['--require-approval', 'never', '--outputs-file', outputsFile, '--no-notices'];
      return cdk(['deploy', '--app', assembly, ...flags], endpoint);
    });
    const outputs = await readOutputs(outputsFile);
    const apiId = /\/\/([^.]+)\./.exec(outputs[OUTPUT.apiUrl] ?? '')?.[1];
    if (apiId === undefined) throw new Error(`cdk deploy returned no API URL; see ${deployLog}`);
    // MiniStack's path-style URL of an API, which requires no DNS names.
    return { apiUrl: `${endpoint}/_aws/execute-api/${apiId}/api`, ...miniStack, outputs };
  } catch (error) {
    await endGroup(miniStack);
    throw error;
  }
};
