import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '#cli/user-error.ts';
import { runCommand, type Supervision } from './command.ts';

/** The oldest Python that MiniStack supports. */
const MIN_PYTHON = [3, 10] as const;

const CANDIDATES = [
  'python3',
  'python',
  'python3.14',
  'python3.13',
  'python3.12',
  'python3.11',
  'python3.10',
];

const HOW_TO_INSTALL = `
  Debian, Ubuntu: apt install python3 python3-venv   (with several versions: python3.12-venv, say)
  Fedora:         dnf install python3 python3-pip
  macOS:          brew install python@3.12
  Windows:        use WSL with one of the above`;

/** Thrown when no supported Python is installed; the message says what is missing and how to install it. */
export class NoPythonError extends UserError {
  override readonly name = 'NoPythonError';
}

/**
 * Prints the version, then `venv` if virtual environments can be created: Debian and Ubuntu package `ensurepip` separately,
 * which venv needs to put pip into them.
 */
const PROBE = `import sys
print(sys.version_info[0], sys.version_info[1])
import venv, ensurepip
print("venv")`;

/** What prevents the use of a Python. */
type Problem = 'missing' | 'too old' | 'without venv';

const problemOf = (command: string): Problem | undefined => {
  const { stdout } = spawnSync(command, ['-c', PROBE], { env: process.env, encoding: 'utf8' });
  const [major, minor, venv] = (stdout ?? '').trim().split(/\s+/);
  if (!minor) return 'missing';
  const isSupported =
    Number(major) > MIN_PYTHON[0] || (Number(major) === MIN_PYTHON[0] && Number(minor) >= MIN_PYTHON[1]);
  if (!isSupported) return 'too old';
  return venv === 'venv' ? undefined : 'without venv';
};

/**
 * Finds the first Python on the PATH that can run MiniStack.
 * @throws NoPythonError if there is none
 */
export const findPython = (): string => {
  const problems = new Map<Problem, string>();
  for (const command of CANDIDATES) {
    const problem = problemOf(command);
    if (problem === undefined) return command;
    if (!problems.has(problem)) problems.set(problem, command);
  }
  const needed = `The local AWS (MiniStack) needs Python ${MIN_PYTHON.join('.')} or newer with venv`;
  const [incomplete, old] = [problems.get('without venv'), problems.get('too old')];
  if (incomplete !== undefined) {
    throw new NoPythonError(
      `${needed}: ${incomplete} lacks venv or ensurepip. Install them:${HOW_TO_INSTALL}`,
    );
  }
  if (old !== undefined) throw new NoPythonError(`${needed}: ${old} is older. Install one:${HOW_TO_INSTALL}`);
  throw new NoPythonError(`${needed}: none is on the PATH. Install one:${HOW_TO_INSTALL}`);
};

/** A virtual environment of the project: what is installed in it, and what its folder is called. */
export interface PythonEnvironment {
  readonly name: string;
  /** The path of its requirements, with the exact versions of all packages. */
  readonly requirements: string;
}

const MINISTACK: PythonEnvironment = {
  name: 'ministack',
  requirements: join(import.meta.dirname, 'requirements.txt'),
};

/**
 * Creates a virtual environment unless it exists. The name of its folder contains a hash of the requirements, so changed
 * requirements create a new one. It is created atomically, so two commands may prepare it at the same time.
 *
 * @param folder - the folder of the environments
 * @returns the path of the environment's Python
 * @throws NoPythonError, CommandError if venv or pip fails, or the signal's reason
 */
export const preparePython = async (
  { name, requirements }: PythonEnvironment,
  folder: string,
  logFile: string,
  supervision: Supervision = {},
): Promise<string> => {
  const hash = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
    .slice(0, 12);
  const home = join(folder, `${name}-${hash}`);
  const installed = join(home, 'bin', 'python');
  if (existsSync(installed)) return installed;

  const python = findPython();
  await mkdir(folder, { recursive: true });
  const temporary = `${home}.${process.pid}`;
  const options = { ...supervision, cwd: folder, env: process.env, logFile };
  try {
    await runCommand(python, ['-m', 'venv', temporary], options);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements];
    await runCommand(join(temporary, 'bin', 'python'), pip, options);
    await rename(temporary, home).catch((error: NodeJS.ErrnoException) => {
      // Another command created it first; its environment is used.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return installed;
};

/** Creates MiniStack's environment unless it exists; see {@link preparePython}. */
export const prepareMiniStack = (
  folder: string,
  logFile: string,
  supervision: Supervision = {},
): Promise<string> => preparePython(MINISTACK, folder, logFile, supervision);
