import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandOptions, runCommand } from '#local/command.ts';
import { identify, isRunning, type ProcessIdentity } from '#local/processes.ts';
import { aFolder } from '#test/support/commands.ts';
import { until } from '#test/support/until.ts';

let folder: ReturnType<typeof aFolder>;
beforeEach(() => {
  folder = aFolder();
});
afterEach(() => folder.remove());

const run = (script: string, options: Partial<CommandOptions> = {}) => {
  const logFile = join(folder.path, 'log');
  const env = process.env;
  return runCommand('sh', ['-c', script], { cwd: folder.path, env, logFile, ...options });
};

describe('a command of the local stack', () => {
  it('explains its failure by the end of its output and the file with all of it', async () => {
    const failure = run('echo one; echo two >&2; exit 3');

    await expect(failure).rejects.toThrow(
      /^sh -c exited with code 3\n\n(one\ntwo|two\none)\n\nFull output: /,
    );
    expect(readFileSync(join(folder.path, 'log'), 'utf8')).toContain('one');
  });

  it('is ended with everything that it has started when it is interrupted', async () => {
    const interrupt = new AbortController();
    const groups: ProcessIdentity[] = [];
    const reason = new Error('interrupted');
    const child = join(folder.path, 'child');
    const failure = run(`sleep 1000 & echo $! > ${child}; trap '' TERM INT; wait`, {
      signal: interrupt.signal,
      onStart: (leader) => groups.push(leader),
    }).catch((error) => error);
    await until('it has started a process', () => readChild(child) > 0);
    const pid = readChild(child);

    interrupt.abort(reason);

    expect(await failure).toBe(reason);
    expect(groups.map(isRunning)).toEqual([false]);
    await until('the process has ended', () => !exists(pid));
  });

  it('does not start once it is interrupted', async () => {
    const started: ProcessIdentity[] = [];
    const signal = AbortSignal.abort(new Error('interrupted'));

    const failure = run('exit 0', { signal, onStart: (leader) => started.push(leader) });

    await expect(failure).rejects.toThrow('interrupted');
    expect(started).toEqual([]);
  });
});

const readChild = (file: string): number => {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
};

/** Whether a process is there, and is no zombie. */
const exists = (pid: number): boolean => identify(pid).startedAt !== 'ended';
