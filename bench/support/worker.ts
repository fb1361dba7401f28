import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ROOT } from '#local/stack.ts';

/** A process of a file of `bench/workers` that answers each message with one. */
export interface Worker {
  /** @throws Error where the process ends instead of answering, or takes longer than a minute */
  ask(message: unknown): Promise<unknown>;
  /** Ends it; nothing happens where it has ended already. */
  stop(): Promise<void>;
}

/** How a worker is started. */
export interface WorkerOptions {
  readonly args?: readonly string[];
  /** All of its environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Gets what it prints. */
  readonly logFile: string;
}

/** An answer that takes longer than this will not come. */
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
  // Who asks is told; that it ends when it is stopped is no error.
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
