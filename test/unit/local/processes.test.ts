import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  endGroup,
  endProcess,
  identify,
  isRunning,
  killGroup,
  type ProcessIdentity,
} from '#local/processes.ts';
import { until } from '#test/support/until.ts';

/** A process of its own group, which does nothing until it is ended. */
const aProcess = (script = 'setInterval(() => {}, 1000)') => {
  const child = spawn(process.execPath, ['-e', script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const identity = identify(child.pid as number);
  children.push(identity);
  return { child, identity, exit: once(child, 'exit') };
};

const children: ProcessIdentity[] = [];
afterEach(() => {
  for (const identity of children.splice(0)) killGroup(identity);
});

/** What a record says whose process has ended, when the system has given its id to another one. */
const anEarlierOwnerOf = ({ pid }: { pid: number }) => ({ pid, startedAt: 'an earlier boot 1' });

describe('a process', () => {
  it('is running until it has ended', async () => {
    const { identity, exit, child } = aProcess();

    expect(isRunning(identity)).toBe(true);
    child.kill('SIGKILL');
    await exit;
    expect(isRunning(identity)).toBe(false);
  });

  it('is not taken for the one that had its id before', () => {
    const { identity } = aProcess();

    expect(isRunning(anEarlierOwnerOf(identity))).toBe(false);
  });
});

describe('ending a process', () => {
  it.each([
    ['a process', endProcess],
    ['a group', endGroup],
  ])('signals nothing if the id belongs to another one now: %s', async (_what, end) => {
    const { identity } = aProcess();

    expect(await end(anEarlierOwnerOf(identity))).toBe(false);
    killGroup(anEarlierOwnerOf(identity));

    expect(isRunning(identity)).toBe(true);
  });

  it('ends the whole group', async () => {
    const script = `
      const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
      console.log(child.pid);
      setInterval(() => {}, 1000);`;
    const { identity, child } = aProcess(script);
    const [line] = await once(child.stdout, 'data');
    const member = identify(Number(String(line)));
    expect(isRunning(member)).toBe(true);

    expect(await endGroup(identity)).toBe(true);

    expect(isRunning(identity)).toBe(false);
    await until('the member has ended', () => !isRunning(member));
  });

  it('is over if it has already ended', async () => {
    const { identity, exit, child } = aProcess();
    child.kill('SIGKILL');
    await exit;

    expect(await endGroup(identity)).toBe(false);
  });
});
