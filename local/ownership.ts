import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { STACK_HOME } from './folders.ts';
import {
  endGroup,
  endProcess,
  identify,
  isRunning,
  type ProcessIdentity,
  ProcessSchema,
} from './processes.ts';
import { removeStackFile } from './stack-file.ts';

/**
 * `stack-processes.json`: who runs the stack, from the first moment of its start, so that it can be ended even if the
 * command that started it was killed. Only what is still the process that it names is ever signalled.
 */
const RecordSchema = v.object({
  port: v.number(),
  /** The command that starts the stack, and may be running as long as the stack does. */
  starter: ProcessSchema,
  /** The leaders of the process groups that it has started. */
  groups: v.array(ProcessSchema),
});
type Owner = v.InferOutput<typeof RecordSchema>;

const FILE = join(STACK_HOME, 'stack-processes.json');

/** What a damaged file says: nothing that could be signalled. */
const NOBODY: Owner = { port: 0, starter: { pid: 0, startedAt: 'never' }, groups: [] };

const read = (): Owner | undefined => {
  if (!existsSync(FILE)) return undefined;
  try {
    return v.parse(RecordSchema, JSON.parse(readFileSync(FILE, 'utf8')));
  } catch {
    return NOBODY;
  }
};

const isSame = (one: Owner, other: Owner | undefined): boolean =>
  one.starter.pid === other?.starter.pid && one.starter.startedAt === other.starter.startedAt;

/** Writes the record completely or not at all. @param place - puts the finished file in its place */
const write = (owner: Owner, place: (from: string, to: string) => void): void => {
  const temporary = `${FILE}.${process.pid}`;
  try {
    writeFileSync(temporary, `${JSON.stringify(owner, null, 2)}\n`, { mode: 0o600 });
    place(temporary, FILE);
  } finally {
    rmSync(temporary, { force: true });
  }
};

/** Deletes the files of a stack that has ended. */
const forget = (owner: Owner): void => {
  // Another command may already have put its own there.
  const now = read();
  if (now !== undefined && !isSame(owner, now)) return;
  removeStackFile();
  if (now !== undefined) rmSync(FILE, { force: true });
};

const endGroups = async ({ groups }: Owner): Promise<boolean> => {
  const ended = await Promise.all(groups.map(endGroup));
  return ended.includes(true);
};

/** The port of the stack that is running or starting; undefined if there is none. */
export const portInUse = (): number | undefined => {
  const owner = read();
  return owner !== undefined && [owner.starter, ...owner.groups].some(isRunning) ? owner.port : undefined;
};

/**
 * Ends the stack that is running or starting, whichever command has started it, and deletes its files.
 * @returns `ended`; `gone` if files described a stack of which nothing is running any more; `none` if there were no files
 */
export const endStack = async (): Promise<'ended' | 'gone' | 'none'> => {
  const owner = read();
  if (owner === undefined) return removeStackFile() ? 'gone' : 'none';
  // It ends what it has started by itself, unless it was killed.
  const hadStarter = await endProcess(owner.starter);
  const now = read();
  const hadGroups = await endGroups(now !== undefined && isSame(owner, now) ? now : owner);
  forget(owner);
  return hadStarter || hadGroups ? 'ended' : 'gone';
};

/** The stack as the property of this process. */
export interface Ownership {
  /** Records the leader of a process group that this process has just started. */
  readonly add: (leader: ProcessIdentity) => void;
  /** Ends everything that was recorded, and deletes the files. */
  readonly release: () => Promise<void>;
}

/**
 * Makes this process the owner of the stack. The stack that is running or starting is ended first: there is at most one, and
 * the latest command has it.
 */
export const ownStack = async (port: number): Promise<Ownership> => {
  const owner: Owner = { port, starter: identify(process.pid), groups: [] };
  mkdirSync(STACK_HOME, { recursive: true });
  for (;;) {
    await endStack();
    try {
      // Fails if another command has been faster.
      write(owner, linkSync);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  return {
    add: (leader) => {
      owner.groups.push(leader);
      write(owner, renameSync);
    },
    release: async () => {
      await endGroups(owner);
      forget(owner);
    },
  };
};
