import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { openSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { UserError } from '#cli/user-error.ts';
import type { Supervision } from './command.ts';
import { HOST } from './ports.ts';
import { endGroup, identify, type ProcessIdentity } from './processes.ts';

/** A running MiniStack: the leader of its process group, which includes the functions' processes. */
export interface MiniStack extends ProcessIdentity {
  /** The endpoint of every AWS service. */
  readonly endpoint: string;
  /** The name by which it answers at its endpoint, and no other MiniStack does; see {@link instanceAt}. */
  readonly instance: string;
}

const START_TIMEOUT_MS = 60_000;

/**
 * The environment for calls of MiniStack. It accepts any credentials, but treats an access key of twelve digits as the
 * account's number.
 */
export const localAwsEnv = (endpoint: string): NodeJS.ProcessEnv => {
  const { AWS_PROFILE: _profile, AWS_SESSION_TOKEN: _token, ...env } = process.env;
  return {
    ...env,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    // The developer's own configuration must not redirect calls elsewhere.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
};

/** The part of MiniStack's health response that is read; `edition` is what its environment variable says. */
const HealthSchema = v.object({ edition: v.string() });

/** It answers in milliseconds, except when all cores are busy. */
const HEALTH_TIMEOUT_MS = 5_000;

/**
 * Which MiniStack answers at an endpoint.
 * @returns its {@link MiniStack.instance}, `other` for any other program, or undefined if nothing answers
 */
export const instanceAt = async (endpoint: string): Promise<string | undefined> => {
  const signal = AbortSignal.timeout(HEALTH_TIMEOUT_MS);
  const response = await fetch(`${endpoint}/_ministack/health`, { signal }).catch(() => undefined);
  if (response === undefined) return undefined;
  const health = v.safeParse(HealthSchema, await response.json().catch(() => undefined));
  return health.success ? health.output.edition : 'other';
};

/** Waits until MiniStack answers. @returns what prevents it */
const waitFor = async (
  endpoint: string,
  instance: string,
  exit: () => string | undefined,
  signal: AbortSignal | undefined,
): Promise<string | undefined> => {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    signal?.throwIfAborted();
    const found = await instanceAt(endpoint);
    if (found === instance) return undefined;
    if (found !== undefined) return 'another program answers there';
    if (exit() !== undefined) return exit();
    if (Date.now() > deadline) return `no response within ${START_TIMEOUT_MS / 1_000} s`;
    await sleep(100);
  }
};

/**
 * Starts MiniStack and waits until it responds. It outlives this process; {@link endGroup} stops it and the functions'
 * processes.
 *
 * @param python - the Python executable of its virtual environment
 * @param folder - the folder for its files; its output goes to `ministack.log` there
 * @throws UserError if it does not start within a minute, or another program answers on the port; or the signal's reason.
 *   Nothing of it is left running then
 */
export const startMiniStack = async (
  python: string,
  port: number,
  folder: string,
  { signal, onStart }: Supervision = {},
): Promise<MiniStack> => {
  const temporary = join(folder, 'tmp');
  await mkdir(temporary, { recursive: true });
  // It unpacks functions there, next to a CommonJS file of its own, which our package.json would turn into an ES module.
  await writeFile(join(temporary, 'package.json'), '{ "type": "commonjs" }\n');
  const logFile = join(folder, 'ministack.log');
  const log = openSync(logFile, 'a');
  const endpoint = `http://${HOST}:${port}`;
  const instance = randomUUID();
  signal?.throwIfAborted();
  const child = spawn(python, ['-m', 'ministack'], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', log, log],
    env: {
      ...localAwsEnv(endpoint),
      // The functions run on the first `node` in its PATH: ours, which has the version of Lambda's runtime.
      PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
      GATEWAY_PORT: String(port),
      BIND_HOST: HOST,
      // Its health response repeats this; see instanceAt.
      MINISTACK_EDITION: instance,
      TMPDIR: temporary,
      S3_DATA_DIR: join(temporary, 's3'),
      STATE_DIR: join(temporary, 'state'),
      LOG_LEVEL: process.env['MINISTACK_LOG_LEVEL'] ?? 'WARNING',
      // These services are not used and would listen on ports of their own.
      SFTP_ENABLED: '0',
      IOT_MTLS_ENABLED: '0',
    },
  });
  child.unref();
  const started = identify(child.pid ?? 0);
  onStart?.(started);
  let exit: string | undefined;
  child.on('error', (error) => {
    exit = error.message;
  });
  child.on('exit', (code) => {
    exit = `it exited with code ${code}`;
  });

  try {
    const problem = await waitFor(endpoint, instance, () => exit, signal);
    if (problem === undefined) return { endpoint, instance, ...started };
    throw new UserError(`MiniStack did not start on port ${port}: ${problem}. Its output: ${logFile}`);
  } catch (error) {
    await endGroup(started);
    throw error;
  }
};
