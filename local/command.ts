import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

/** Thrown when a command of the local stack fails. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** The part of a failed command's output that the error shows: the last lines, and the first characters of each. */
const SHOWN_LINES = 15;
const SHOWN_CHARACTERS = 200;

/** How a command runs. */
export interface CommandOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** All output of the command is appended to this file. */
  readonly logFile: string;
}

/**
 * Runs a command and waits until it exits.
 * @throws {@link CommandError} with the end of its output and the path of the log file
 */
export const runCommand = async (
  command: string,
  args: readonly string[],
  { cwd, env, logFile }: CommandOptions,
): Promise<void> => {
  const log = createWriteStream(logFile, { flags: 'a' });
  log.write(`\n$ ${command} ${args.join(' ')}\n`);
  const tail: string[] = [];
  const keep = (chunk: Buffer): void => {
    log.write(chunk);
    const lines = chunk.toString().split('\n').filter(Boolean);
    tail.push(...lines.map((line) => line.slice(0, SHOWN_CHARACTERS)));
    tail.splice(0, tail.length - SHOWN_LINES);
  };
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const problem = await new Promise<string | undefined>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code) => resolve(code === 0 ? undefined : `exited with code ${code}`));
  });
  log.end();
  await finished(log);
  if (problem !== undefined) {
    throw new CommandError(
      `${command} ${args[0] ?? ''} ${problem}\n\n${tail.join('\n')}\n\nFull output: ${logFile}`,
    );
  }
};
