import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, type ProcessIdentity } from '#local/processes.ts';
import { findPython, NoPythonError, prepareMiniStack } from '#local/python.ts';
import { aFolder } from '#test/support/commands.ts';
import { until } from '#test/support/until.ts';

const PATH = process.env['PATH'];
/** A Python that is complete; what the PATH has may be a script that needs the PATH itself. */
const REAL = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {
  encoding: 'utf8',
}).trim();

let folder: ReturnType<typeof aFolder>;
beforeEach(() => {
  folder = aFolder();
  process.env['PATH'] = folder.path;
});
afterEach(() => {
  process.env['PATH'] = PATH;
  folder.remove();
});

/** Puts an executable into the PATH. */
const put = (name: string, script: string): void => {
  const file = join(folder.path, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
};

/** Puts a Python into the PATH that runs some lines first. */
const putPython = (name: string, before: string): void =>
  put(name, `shift; exec ${REAL} -c "import sys\n${before}\nexec(sys.argv[1])" "$1"`);

const WITHOUT_ENSUREPIP = "sys.modules['ensurepip'] = None";
const WITHOUT_VENV = "sys.modules['venv'] = None";
const OLD = 'sys.version_info = (3, 9, 1)';

describe('the Python for MiniStack', () => {
  it.each([
    ['none', () => {}, 'none is on the PATH'],
    ['one that does not run', () => put('python3', 'exit 9'), 'none is on the PATH'],
    ['an old one', () => putPython('python3', OLD), 'python3 is older'],
    [
      'one without ensurepip',
      () => putPython('python3', WITHOUT_ENSUREPIP),
      'python3 lacks venv or ensurepip',
    ],
    ['one without venv', () => putPython('python3.12', WITHOUT_VENV), 'python3.12 lacks venv or ensurepip'],
  ])('is asked for, with what to install, if there is %s', (_what, prepare, cause) => {
    prepare();

    expect(findPython).toThrow(NoPythonError);
    expect(findPython).toThrow(cause);
    expect(findPython).toThrow('Debian, Ubuntu: apt install python3 python3-venv');
    expect(findPython).toThrow('Fedora:         dnf install python3');
    expect(findPython).toThrow('macOS:          brew install python');
  });

  it('is the first that is complete', () => {
    putPython('python3', WITHOUT_ENSUREPIP);
    putPython('python', OLD);
    putPython('python3.12', '');

    expect(findPython()).toBe('python3.12');
  });
});

describe('preparing MiniStack', () => {
  it('leaves neither a process nor a file behind when it is interrupted', async () => {
    const interrupt = new AbortController();
    const home = join(folder.path, 'home');
    put('python3', `if [ "$1" = -c ]; then exec ${REAL} "$@"; fi; mkdir "$3"; exec sleep 1000`);
    process.env['PATH'] = `${folder.path}:${PATH}`;
    const groups: ProcessIdentity[] = [];
    const failure = prepareMiniStack(home, join(folder.path, 'log'), {
      signal: interrupt.signal,
      onStart: (leader) => groups.push(leader),
    }).catch((error) => error);
    await until('it creates the environment', () => existsSync(home) && readdirSync(home).length > 0);

    interrupt.abort(new Error('interrupted'));

    expect(await failure).toEqual(new Error('interrupted'));
    expect(groups.map(isRunning)).toEqual([false]);
    expect(readdirSync(home)).toEqual([]);
  });
});
