import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOCAL } from '#local/folders.ts';
import { instanceAt, startMiniStack } from '#local/ministack.ts';
import { isRunning, killGroup, type ProcessIdentity } from '#local/processes.ts';
import { prepareMiniStack } from '#local/python.ts';
import { testStack } from '#test/support/api.ts';
import { aFolder, runCommandLine, startCommand } from '#test/support/commands.ts';
import { until } from '#test/support/until.ts';

let home: ReturnType<typeof aFolder>;
beforeEach(() => {
  home = aFolder();
});
const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
  home.remove();
});

const recordFile = (): string => join(home.path, 'pigeon-perch-backfill', 'stack-processes.json');

const recorded = (): { port: number; groups: ProcessIdentity[] } =>
  existsSync(recordFile()) ? JSON.parse(readFileSync(recordFile(), 'utf8')) : { port: 0, groups: [] };

/** Starts a stack of its own, until MiniStack answers and the app is being deployed. */
const aStart = async () => {
  const { child, ended } = startCommand(['local/start.ts'], { STACK_HOME: home.path });
  cleanUps.push(() => child.kill('SIGKILL'));
  await until('the app is being deployed', () => recorded().groups.length > 1, 60_000);
  const { port, groups } = recorded();
  cleanUps.push(() => groups.forEach(killGroup));
  return { child, ended, endpoint: `http://127.0.0.1:${port}`, groups };
};

describe('npm start', () => {
  it('is refused if another MiniStack has its port, which it leaves alone', async () => {
    const { endpoint, instance } = testStack();
    const port = new URL(endpoint).port;

    const { code, stdout, stderr } = await runCommandLine(['local/start.ts'], {
      STACK_HOME: home.path,
      STACK_PORT: port,
    });

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`Port ${port} is used by another program, perhaps another MiniStack`);
    expect(await instanceAt(endpoint)).toBe(instance);
  });

  it('does not take another MiniStack for its own that answers first on the same port', async () => {
    const { endpoint, instance } = testStack();
    const python = await prepareMiniStack(LOCAL, join(home.path, 'log'));
    const groups: ProcessIdentity[] = [];
    const onStart = (leader: ProcessIdentity) => groups.push(leader);

    const start = startMiniStack(python, Number(new URL(endpoint).port), home.path, { onStart });

    await expect(start).rejects.toThrow('another program answers there');
    expect(groups).toHaveLength(1);
    expect(groups.filter(isRunning)).toEqual([]);
    expect(await instanceAt(endpoint)).toBe(instance);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'ends all that it has started at %s, even if that is repeated',
    async (signal, exitCode) => {
      const { child, ended, endpoint, groups } = await aStart();

      child.kill(signal);
      child.kill(signal);
      const { code, stderr } = await ended;

      expect(code).toBe(exitCode);
      expect(stderr).toContain(`Interrupted by ${signal}: what was started is stopped.`);
      expect(groups.filter(isRunning)).toEqual([]);
      expect(await instanceAt(endpoint)).toBeUndefined();
      expect(existsSync(recordFile())).toBe(false);
    },
    90_000,
  );

  it('leaves to npm run stack:down what it has started when it was killed', async () => {
    const { child, ended, endpoint, groups } = await aStart();
    child.kill('SIGKILL');
    await ended;

    const { stdout } = await runCommandLine(['local/down.ts'], { STACK_HOME: home.path });

    expect(stdout).toBe('The stack is stopped.\n');
    expect(groups.filter(isRunning)).toEqual([]);
    expect(await instanceAt(endpoint)).toBeUndefined();
  }, 90_000);
});
