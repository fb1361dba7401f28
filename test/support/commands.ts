import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '#local/folders.ts';

/** A command that has ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that is running. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/**
 * Starts one of the project's commands as a process, as npm does.
 * @param env - what it has besides PATH; nothing of this process's own, so no region, credentials or port
 */
export const startCommand = (words: readonly string[], env: NodeJS.ProcessEnv = {}): Running => {
  const child = spawn(process.execPath, words, {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.on('data', (chunk: Buffer) => {
      output[name] += chunk;
    });
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...output }));
  });
  return { child, ended };
};

/** Runs one of the project's commands; see {@link startCommand}. */
export const runCommandLine = (words: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended> =>
  startCommand(words, env).ended;

/** An empty folder, which `remove` deletes. */
export const aFolder = () => {
  const path = mkdtempSync(join(tmpdir(), 'pigeon-perch-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
};
