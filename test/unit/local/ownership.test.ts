import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identify, isRunning, killGroup, type ProcessIdentity } from '#local/processes.ts';
import { aFolder, runCommandLine, startCommand } from '#test/support/commands.ts';
import { until } from '#test/support/until.ts';

let home: ReturnType<typeof aFolder>;
beforeEach(() => {
  home = aFolder();
  mkdirSync(join(home.path, 'pigeon-perch-backfill'));
});
const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
  home.remove();
});

/** A process in a group of its own, which has nothing to do with the stack. */
const aForeignProcess = () => {
  const child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
  cleanUps.push(() => child.kill('SIGKILL'));
  return identify(child.pid as number);
};

const file = (name: string): string => join(home.path, 'pigeon-perch-backfill', name);
const put = (name: string, content: unknown): void =>
  writeFileSync(file(name), typeof content === 'string' ? content : JSON.stringify(content));

const down = () => runCommandLine(['local/down.ts'], { STACK_HOME: home.path });

/** A command that owns the stack, and has started one process for it. Like a start, it ends that when it is asked to end. */
const OWNER = `
  const { ownStack } = await import('#local/ownership.ts');
  const { identify } = await import('#local/processes.ts');
  const { spawn } = await import('node:child_process');
  process.on('SIGTERM', async () => {
    await ownership.release();
    process.exit(143);
  });
  const ownership = await ownStack(4566);
  const child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
  ownership.add(identify(child.pid));
  setInterval(() => {}, 1000);`;

const recorded = (): { starter: ProcessIdentity; groups: ProcessIdentity[] } | undefined =>
  existsSync(file('stack-processes.json'))
    ? JSON.parse(readFileSync(file('stack-processes.json'), 'utf8'))
    : undefined;

const anOwner = async () => {
  const { child, ended } = startCommand(['--input-type=module', '-e', OWNER], { STACK_HOME: home.path });
  cleanUps.push(() => child.kill('SIGKILL'));
  const isRecorded = () => recorded()?.starter.pid === child.pid && recorded()?.groups.length === 1;
  await until('it owns the stack', isRecorded, 20_000);
  const group = recorded()?.groups[0] as ProcessIdentity;
  cleanUps.push(() => killGroup(group));
  return { child, ended, group };
};

describe('npm run stack:down', () => {
  it('says so if there is no stack', async () => {
    expect(await down()).toMatchObject({ code: 0, stdout: 'No stack is running.\n' });
  });

  it.each([
    ['of another version', (pid: number) => put('stack.json', { pid, apiUrl: 'http://127.0.0.1:1' })],
    [
      'whose processes have ended',
      (pid: number) => {
        const earlier = { pid, startedAt: 'an earlier boot 1' };
        put('stack.json', { pid });
        put('stack-processes.json', { port: 4566, starter: earlier, groups: [earlier] });
      },
    ],
    [
      'that are damaged',
      (pid: number) => {
        put('stack.json', `{"pid": ${pid}`);
        put('stack-processes.json', `{"starter": {"pid": ${pid}`);
      },
    ],
  ])('deletes files %s, and leaves the process alone that has such an id now', async (_what, prepare) => {
    const foreign = aForeignProcess();
    prepare(foreign.pid);

    const { code, stdout } = await down();

    expect(code).toBe(0);
    expect(stdout).toContain('no longer running');
    expect(isRunning(foreign)).toBe(true);
    expect([existsSync(file('stack.json')), existsSync(file('stack-processes.json'))]).toEqual([
      false,
      false,
    ]);
  });

  it('ends a start that is running, through its command', async () => {
    const { ended, group } = await anOwner();

    const { code, stdout } = await down();

    expect({ code, stdout }).toEqual({ code: 0, stdout: 'The stack is stopped.\n' });
    expect((await ended).code).toBe(143);
    expect(isRunning(group)).toBe(false);
    expect(recorded()).toBeUndefined();
  });

  it('ends what a start has left behind whose command was killed', async () => {
    const { child, ended, group } = await anOwner();
    child.kill('SIGKILL');
    await ended;
    expect(isRunning(group)).toBe(true);

    const { stdout } = await down();

    expect(stdout).toBe('The stack is stopped.\n');
    expect(isRunning(group)).toBe(false);
    expect(recorded()).toBeUndefined();
  });
});

describe('the latest start', () => {
  it('replaces one that is running', async () => {
    const first = await anOwner();

    const second = await anOwner();

    expect((await first.ended).code).toBe(143);
    expect([first.group, second.group].map(isRunning)).toEqual([false, true]);
    await down();
  });
});

describe('a start that is refused', () => {
  it.each(['', 'abc', '0', '70000'])('leaves the running stack alone: STACK_PORT=%j', async (port) => {
    const owner = await anOwner();

    const { code, stderr } = await runCommandLine(['local/start.ts'], {
      STACK_HOME: home.path,
      STACK_PORT: port,
    });

    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('is not a port number') });
    expect(isRunning(identify(owner.child.pid as number))).toBe(true);
    expect(isRunning(owner.group)).toBe(true);
    await down();
  });
});
