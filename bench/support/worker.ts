import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ROOT } from '#local/folders.ts';

/** A process of a file in `bench/workers` that answers each message with one message. */
export interface Worker {
  /** Sends a message and returns the answer. @throws Error if the process ends, or takes longer than a minute */
  ask(message: unknown): Promise<unknown>;
  /** Kills the process; does nothing if it has already ended. */
  stop(): Promise<void>;
}

/** The options of a worker. */
export interface WorkerOptions {
  readonly args?: readonly string[];
  /** Its complete environment. */
  readonly env: NodeJS.ProcessEnv;
  /** The file for its output. */
  readonly logFile: string;
}

/** The time-out of an answer. */
const GIVEN_UP_MS = 60_000;

/** Starts a worker. */
export const startWorker = async (
  file: string,
  { args = [], env, logFile }: WorkerOptions,
): Promise<Worker> => {
  await mkdir(dirname(logFile), { recursive: true });
  const log = await open(logFile, 'a');
  const child = fork(join(ROOT, 'bench', 'workers', file), args, {
    env,
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
  });
  await log.close();
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(String(code ?? signal)));
    child.on('error', ({ message }) => resolve(message));
  });
  const endedEarly = ended.then((how) => {
    throw new Error(`${file} ended: ${how}; its output: ${logFile}`);
  });
  // `ask` reports an early end; ending after `stop` is not an error.
  endedEarly.catch(() => {});
  return {
    ask: async (message) => {
      const answered = once(child, 'message', { signal: AbortSignal.timeout(GIVEN_UP_MS) });
      child.send(message as object);
      return Promise.race([answered.then(([answer]) => answer), endedEarly]);
    },
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
};
