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

/** The project's root folder. */
export const ROOT = join(import.meta.dirname, '..');

/** The only folder that the local stack writes to. */
export const LOCAL = join(ROOT, '.local');

const STACK_NAME = 'PigeonPerchBackfill-local';

/** A running stack. */
export interface LocalStack {
  /** The API's base URL, which ends in `/api`. */
  readonly apiUrl: string;
  /** The endpoint of the local AWS. */
  readonly endpoint: string;
  /** MiniStack's process id; see {@link MiniStack.pid}. */
  readonly pid: number;
  /** The outputs of `cdk deploy`, by name. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** Options of {@link bringUp}. */
export interface StackOptions {
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
 * @throws Error if a step fails, with the path of the log; MiniStack is stopped first
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
  const { endpoint, pid } = await steps.run('Starting MiniStack', async () =>
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
      const flags = ['--require-approval', 'never', '--outputs-file', outputsFile, '--no-notices'];
      return cdk(['deploy', '--app', assembly, ...flags], endpoint);
    });
    const outputs = await readOutputs(outputsFile);
    const apiId = /\/\/([^.]+)\./.exec(outputs[OUTPUT.apiUrl] ?? '')?.[1];
    if (apiId === undefined) throw new Error(`cdk deploy returned no API URL; see ${deployLog}`);
    // MiniStack's path-style URL of an API, which requires no DNS names.
    return { apiUrl: `${endpoint}/_aws/execute-api/${apiId}/api`, endpoint, pid, outputs };
  } catch (error) {
    await stopMiniStack(pid);
    throw error;
  }
};

/** `.local/stack.json`: the stack of `npm start` or `npm run stack:up`, for other programs. */
export const StackFileSchema = v.object({
  apiUrl: v.string(),
  apiKey: v.string(),
  orgId: v.string(),
  endpoint: v.string(),
  pid: v.number(),
  outputs: v.record(v.string(), v.string()),
});
/** See {@link StackFileSchema}. */
export type StackFile = v.InferOutput<typeof StackFileSchema>;

const STACK_FILE = join(LOCAL, 'stack.json');

/** Writes `.local/stack.json`, readable by its owner only. */
export const writeStackFile = async (stack: StackFile): Promise<void> => {
  await writeFile(STACK_FILE, `${JSON.stringify(stack, null, 2)}\n`, { mode: 0o600 });
};

/** Reads `.local/stack.json`. @returns undefined if no stack is running */
export const readStackFile = async (): Promise<StackFile | undefined> =>
  existsSync(STACK_FILE)
    ? v.parse(StackFileSchema, JSON.parse(await readFile(STACK_FILE, 'utf8')))
    : undefined;

/** Stops the stack and deletes `.local/stack.json`. */
export const takeDown = async ({ pid }: Pick<StackFile, 'pid'>): Promise<void> => {
  await stopMiniStack(pid);
  await rm(STACK_FILE, { force: true });
};
