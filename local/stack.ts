import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { OUTPUT } from '#shared/deployment/names.ts';
import { outputsByName } from '#shared/deployment/outputs.ts';
import { runCommand } from './command.ts';
import { freePort, localAwsEnv, startMiniStack, stopMiniStack } from './ministack.ts';
import { prepareMiniStack } from './python.ts';
import type { Steps } from './steps.ts';

/** The project's folder. */
export const ROOT = join(import.meta.dirname, '..');

/** The only folder that the local stack writes to. */
export const LOCAL = join(ROOT, '.local');

const STACK_NAME = 'PigeonPerchBackfill-local';

/** A running stack: its addresses, and the outputs of `cdk deploy`. */
export interface LocalStack {
  /** The API's base URL; ends in `/api`. */
  readonly apiUrl: string;
  /** The local AWS. */
  readonly endpoint: string;
  readonly pid: number;
  /** CloudFormation's outputs, by name. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** Where a stack is started, and on which port. */
export interface StackOptions {
  /** Its own folder: output, logs, temporary files. */
  readonly folder: string;
  /** @default - a free one */
  readonly port?: number | undefined;
  readonly steps: Steps;
}

const OutputsSchema = v.object({ [STACK_NAME]: v.record(v.string(), v.string()) });

/** Reads the outputs that `cdk deploy` wrote. */
const readOutputs = async (file: string): Promise<LocalStack['outputs']> => {
  const outputs = v.parse(OutputsSchema, JSON.parse(await readFile(file, 'utf8')))[STACK_NAME] ?? {};
  return outputsByName(Object.entries(outputs));
};

/**
 * Brings the real app up on a MiniStack of its own: `cdk synth`, `cdk bootstrap`, `cdk deploy`, as on AWS.
 * @throws where a step fails, naming the log that has the details; nothing is left running then
 */
export const bringUp = async ({ folder, port, steps }: StackOptions): Promise<LocalStack> => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const assembly = join(folder, 'cdk.out');
  const deployLog = join(folder, 'deploy.log');
  const cdk = (args: readonly string[], endpoint: string) =>
    runCommand('cdk', args, {
      cwd: ROOT,
      logFile: deployLog,
      env: {
        ...localAwsEnv(endpoint),
        PATH: `${join(ROOT, 'node_modules', '.bin')}:${process.env['PATH']}`,
        CDK_DISABLE_CLI_TELEMETRY: 'true',
      },
    });

  const python = await steps.run('Preparing MiniStack, the local AWS', () =>
    prepareMiniStack(LOCAL, join(folder, 'ministack-install.log')),
  );
  const { endpoint, pid } = await steps.run('Starting it', async () =>
    startMiniStack(python, port ?? (await freePort()), folder),
  );
  try {
    await steps.run('Bundling the functions (cdk synth)', () =>
      cdk(['synth', '--quiet', '--no-notices', '-c', 'stage=local', '-o', assembly], endpoint),
    );
    await steps.run('Preparing the account (cdk bootstrap)', () =>
      cdk(['bootstrap', 'aws://000000000000/us-east-1', '--no-notices', '--app', assembly], endpoint),
    );
    const outputsFile = join(folder, 'outputs.json');
    await steps.run('Deploying the app (cdk deploy)', () => {
      const how = ['--require-approval', 'never', '--outputs-file', outputsFile, '--no-notices'];
      return cdk(['deploy', '--app', assembly, ...how], endpoint);
    });
    const outputs = await readOutputs(outputsFile);
    const apiId = /\/\/([^.]+)\./.exec(outputs[OUTPUT.apiUrl] ?? '')?.[1];
    if (apiId === undefined) throw new Error(`cdk deploy named no API; see ${deployLog}`);
    // MiniStack's URL of an API by path, which needs no host names.
    return { apiUrl: `${endpoint}/_aws/execute-api/${apiId}/api`, endpoint, pid, outputs };
  } catch (error) {
    await stopMiniStack(pid);
    throw error;
  }
};

/** What `.local/stack.json` tells other programs of the stack that `npm start` or `npm run stack:up` brought up. */
export const StackFileSchema = v.object({
  apiUrl: v.string(),
  apiKey: v.string(),
  orgId: v.string(),
  endpoint: v.string(),
  pid: v.number(),
  outputs: v.record(v.string(), v.string()),
});
export type StackFile = v.InferOutput<typeof StackFileSchema>;

const STACK_FILE = join(LOCAL, 'stack.json');

export const writeStackFile = async (stack: StackFile): Promise<void> => {
  await writeFile(STACK_FILE, `${JSON.stringify(stack, null, 2)}\n`, { mode: 0o600 });
};

/** The stack that is up; undefined where none is. */
export const readStackFile = async (): Promise<StackFile | undefined> =>
  existsSync(STACK_FILE)
    ? v.parse(StackFileSchema, JSON.parse(await readFile(STACK_FILE, 'utf8')))
    : undefined;

/** Ends a stack of the stack file, and takes the file away. */
export const takeDown = async ({ pid }: Pick<StackFile, 'pid'>): Promise<void> => {
  await stopMiniStack(pid);
  await rm(STACK_FILE, { force: true });
};
