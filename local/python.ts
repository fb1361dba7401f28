import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './command.ts';

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

const HOW_TO_INSTALL = `Python ${MIN_PYTHON.join('.')} or newer is required by the local AWS (MiniStack) and was not found on the PATH.
  Debian, Ubuntu: apt install python3 python3-venv
  Fedora:         dnf install python3
  macOS:          brew install python@3.12
  Windows:        use WSL with one of the above`;

/** Thrown when no supported Python is installed; the message explains how to install one. */
export class NoPythonError extends Error {
  override readonly name = 'NoPythonError';
}

/** Whether the command runs a supported Python. */
const isUsable = (command: string): boolean => {
  const { stdout, status } = spawnSync(
    command,
    ['-c', 'import sys; print(sys.version_info[0], sys.version_info[1])'],
    { encoding: 'utf8' },
  );
  if (status !== 0) return false;
  const [major = 0, minor = 0] = stdout.trim().split(' ').map(Number);
  return major > MIN_PYTHON[0] || (major === MIN_PYTHON[0] && minor >= MIN_PYTHON[1]);
};

/**
 * Finds the first supported Python on the PATH.
 * @throws NoPythonError if there is none
 */
export const findPython = (): string => {
  const python = CANDIDATES.find(isUsable);
  if (python === undefined) throw new NoPythonError(HOW_TO_INSTALL);
  return python;
};

/**
 * Creates a virtual environment with the packages of `requirements.txt`, unless it exists. The name of its folder contains
 * a hash of the requirements, so changed requirements create a new one. It is created atomically, so two commands may
 * prepare it at the same time.
 *
 * @param folder - the folder of the environments
 * @returns the path of the environment's Python
 * @throws NoPythonError, or CommandError if venv or pip fails
 */
export const prepareMiniStack = async (folder: string, logFile: string): Promise<string> => {
  const requirements = join(import.meta.dirname, 'requirements.txt');
  const python = findPython();
  const hash = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
    .slice(0, 12);
  const home = join(folder, `ministack-${hash}`);
  const installed = join(home, 'bin', 'python');
  if (existsSync(installed)) return installed;

  await mkdir(folder, { recursive: true });
  const temporary = `${home}.${process.pid}`;
  const options = { cwd: folder, env: process.env, logFile };
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
