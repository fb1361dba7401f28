import { existsSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { UserError } from '#cli/user-error.ts';
import { STACK_HOME } from './folders.ts';

/** `stack.json`: the stack of `npm start` or `npm run stack:up` while it is running, for other programs. */
export const StackFileSchema = v.object({
  apiUrl: v.string(),
  apiKey: v.string(),
  orgId: v.string(),
  endpoint: v.string(),
  instance: v.string(),
  pid: v.number(),
  outputs: v.record(v.string(), v.string()),
});
/** See {@link StackFileSchema}. */
export type StackFile = Readonly<v.InferOutput<typeof StackFileSchema>>;

const STACK_FILE = join(STACK_HOME, 'stack.json');

/** Writes the file, readable by its owner only. */
export const writeStackFile = async (stack: StackFile): Promise<void> => {
  const { apiUrl, apiKey, orgId, endpoint, instance, pid, outputs } = stack;
  const text = JSON.stringify({ apiUrl, apiKey, orgId, endpoint, instance, pid, outputs }, null, 2);
  await writeFile(STACK_FILE, `${text}\n`, { mode: 0o600 });
};

/** Deletes the file. @returns false if there is none */
export const removeStackFile = (): boolean => {
  const exists = existsSync(STACK_FILE);
  rmSync(STACK_FILE, { force: true });
  return exists;
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/**
 * Reads the file.
 * @returns undefined if there is none: no stack is running
 * @throws UserError if it is damaged, or of another version of this project
 */
export const readStackFile = (): StackFile | undefined => {
  if (!existsSync(STACK_FILE)) return undefined;
  const stack = v.safeParse(StackFileSchema, parseJson(readFileSync(STACK_FILE, 'utf8')));
  if (!stack.success)
    throw new UserError(`${STACK_FILE} does not describe a stack: npm run stack:up writes it anew`);
  return stack.output;
};
