import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';

/** Identifies a process for good: the system gives its id to another process once it has ended, but not its start time. */
export const ProcessSchema = v.object({ pid: v.number(), startedAt: v.string() });
/** See {@link ProcessSchema}. */
export type ProcessIdentity = Readonly<v.InferOutput<typeof ProcessSchema>>;

/** How long a process may take to end by itself, in ms. */
const STOP_TIMEOUT_MS = 10_000;

/**
 * The start time on Linux, from the fields of proc_pid_stat(5) behind the command's name (which may itself have spaces and
 * parentheses): `state` is the first of them, `starttime` the twentieth, in ticks since the boot that `boot_id` names.
 */
const startedAtOnLinux = (pid: number): string | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended; only its parent has not noticed yet.
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${fields[19]}`;
  } catch {
    return undefined;
  }
};

const startedAtByPs = (pid: number): string | undefined => {
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  const { stdout, status } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { env, encoding: 'utf8' });
  return status === 0 && stdout.trim() !== '' ? stdout.trim() : undefined;
};

const startedAt = (pid: number): string | undefined =>
  // To kill(2), 0 and negative ids are groups.
  pid < 1 ? undefined : process.platform === 'linux' ? startedAtOnLinux(pid) : startedAtByPs(pid);

/** The identity of a process that this one has started, or of this one. If it has already ended, nothing is ever running under it. */
export const identify = (pid: number): ProcessIdentity => ({ pid, startedAt: startedAt(pid) ?? 'ended' });

/** Whether this very process is still running, and not another one that has its id now. */
export const isRunning = ({ pid, startedAt: expected }: ProcessIdentity): boolean =>
  startedAt(pid) === expected;

/** Sends a signal to a process, or with a negative id to a group. @returns false if there is none any more */
const signal = (pid: number, name: NodeJS.Signals | 0): boolean => {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
};

/** Kills the group of which the process is the leader immediately, if it is running. */
export const killGroup = (leader: ProcessIdentity): void => {
  if (isRunning(leader)) signal(-leader.pid, 'SIGKILL');
};

/** @param target - the id of a process, or negative of a group, which was identified a moment ago */
const end = async (target: number, isAlive: () => boolean): Promise<void> => {
  signal(target, 'SIGTERM');
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (isAlive() && Date.now() < deadline) await sleep(50);
  if (isAlive()) signal(target, 'SIGKILL');
};

/**
 * Ends the group of which the process is the leader: with SIGTERM, and after ten seconds with SIGKILL.
 * @returns false if the process is not running, and nothing was signalled
 */
export const endGroup = async (leader: ProcessIdentity): Promise<boolean> => {
  if (!isRunning(leader)) return false;
  await end(-leader.pid, () => signal(-leader.pid, 0));
  return true;
};

/** Like {@link endGroup}, for the process alone. */
export const endProcess = async (one: ProcessIdentity): Promise<boolean> => {
  if (!isRunning(one)) return false;
  await end(one.pid, () => isRunning(one));
  return true;
};
