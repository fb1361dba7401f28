import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A running MiniStack process. */
export interface MiniStack {
  /** The endpoint of every AWS service. */
  readonly endpoint: string;
  /** The leader of its process group, which includes the functions' processes. */
  readonly pid: number;
}

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;

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

/** Returns a free port. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

const isUp = (endpoint: string): Promise<boolean> =>
  fetch(`${endpoint}/_ministack/health`).then(
    (response) => response.ok,
    () => false,
  );

/**
 * Starts MiniStack and waits until it responds. It outlives this process; {@link stopMiniStack} stops it.
 *
 * @param python - the Python executable of its virtual environment
 * @param folder - the folder for its files; its output goes to `ministack.log` there
 * @throws Error if it does not start within a minute
 */
export const startMiniStack = async (python: string, port: number, folder: string): Promise<MiniStack> => {
  const temporary = join(folder, 'tmp');
  await mkdir(temporary, { recursive: true });
  // It unpacks functions there, next to a CommonJS file of its own, which our package.json would turn into an ES module.
  await writeFile(join(temporary, 'package.json'), '{ "type": "commonjs" }\n');
  const logFile = join(folder, 'ministack.log');
  const log = openSync(logFile, 'a');
  const endpoint = `http://127.0.0.1:${port}`;
  const child = spawn(python, ['-m', 'ministack'], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', log, log],
    env: {
      ...localAwsEnv(endpoint),
      // The functions run on the first `node` in its PATH: ours, which has the version of Lambda's runtime.
      PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
      GATEWAY_PORT: String(port),
      BIND_HOST: '127.0.0.1',
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
  let problem: string | undefined;
  child.on('error', (error) => {
    problem = error.message;
  });
  child.on('exit', (code) => {
    problem = `it exited with code ${code}`;
  });

  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await isUp(endpoint))) {
    if (problem === undefined && Date.now() > deadline)
      problem = `no response within ${START_TIMEOUT_MS / 1_000} s`;
    if (problem !== undefined) {
      if (child.pid !== undefined) await stopMiniStack(child.pid);
      throw new Error(`MiniStack did not start on port ${port}: ${problem}. Its output: ${logFile}`);
    }
    await sleep(100);
  }
  return { endpoint, pid: child.pid as number };
};

/** Whether any process of the group is still running. */
const isAlive = (pid: number): boolean => {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
};

const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(-pid, name);
  } catch {
    // The group has already ended.
  }
};

/** Kills MiniStack immediately, without waiting for it to shut down. */
export const killNow = (pid: number): void => signal(pid, 'SIGKILL');

/** Stops MiniStack and the functions' processes; does nothing if they have already ended. */
export const stopMiniStack = async (pid: number): Promise<void> => {
  signal(pid, 'SIGTERM');
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (isAlive(pid) && Date.now() < deadline) await sleep(50);
  if (isAlive(pid)) signal(pid, 'SIGKILL');
};
