import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { UserError } from '#cli/user-error.ts';
import { identify, killGroup, type ProcessIdentity } from './processes.ts';

/** Thrown when a command of the local stack fails. */
export class CommandError extends UserError {
  override readonly name = 'CommandError';
}

/** The part of a failed command's output that the error shows: the last lines, and the first characters of each. */
const SHOWN_LINES = 15;
const SHOWN_CHARACTERS = 200;

/** What a long start reports, and what ends it. */
export interface Supervision {
  /** Ends what is running when it is aborted. @default - nothing does */
  readonly signal?: AbortSignal | undefined;
  /** Called with the leader of every process group that is started. */
  readonly onStart?: ((leader: ProcessIdentity) => void) | undefined;
}

/** How a command runs. */
export interface CommandOptions extends Supervision {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** All output of the command is appended to this file. */
  readonly logFile: string;
}

/**
 * Runs a command in a process group of its own and waits until it exits.
 * @throws {@link CommandError} with the end of its output and the path of the log file; or the signal's reason if that
 *   was aborted, when the whole group is killed
 */
export const runCommand = async (
  command: string,
  args: readonly string[],
  { cwd, env, logFile, signal, onStart }: CommandOptions,
): Promise<void> => {
  signal?.throwIfAborted();
  const log = createWriteStream(logFile, { flags: 'a' });
  log.write(`\n$ ${command} ${args.join(' ')}\n`);
  const tail: string[] = [];
  const keep = (chunk: Buffer): void => {
    log.write(chunk);
    const lines = chunk.toString().split('\n').filter(Boolean);
    tail.push(...lines.map((line) => line.slice(0, SHOWN_CHARACTERS)));
    tail.splice(0, tail.length - SHOWN_LINES);
  };
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const leader = child.pid === undefined ? undefined : identify(child.pid);
  if (leader !== undefined) onStart?.(leader);
  const kill = () => leader !== undefined && killGroup(leader);
  signal?.addEventListener('abort', kill);
  const problem = await new Promise<string | undefined>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code) => resolve(code === 0 ? undefined : `exited with code ${code}`));
  });
  signal?.removeEventListener('abort', kill);
  log.end();
  await finished(log);
  signal?.throwIfAborted();
  if (problem !== undefined) {
    throw new CommandError(
      `${command} ${args[0] ?? ''} ${problem}\n\n${tail.join('\n')}\n\nFull output: ${logFile}`,
    );
  }
};
