import { json } from 'node:stream/consumers';
import pMap from 'p-map';
import type { Sent, Task } from '../calls.ts';

/** Collects what a client reports as errors. */
export interface Errors {
  add(error: unknown): void;
}

/**
 * Runs a driver: a program that uses one client as its vendor documents it. It reads a {@link Task} as JSON from standard input
 * and prints {@link Sent} as its last line.
 *
 * @param use - makes the calls and waits until the client has sent them or given up; what it throws is an error of the client
 */
export const drive = async (use: (task: Task, errors: Errors) => Promise<unknown>): Promise<void> => {
  const errors: string[] = [];
  const add = (error: unknown): void => {
    errors.push(error instanceof Error ? `${error.name}: ${error.message}` : JSON.stringify(error));
  };
  const task = (await json(process.stdin)) as Task;
  try {
    await use(task, { add });
  } catch (error) {
    add(error);
  }
  console.log(JSON.stringify({ errors } satisfies Sent));
};

/** Programs make a few calls one after the other, and many side by side. */
const FEW = 10;
const SIDE_BY_SIDE = 5;

/** Makes a call for each item; an error of one does not prevent the next. */
export const each = async <T>(
  items: readonly T[],
  errors: Errors,
  call: (item: T) => Promise<unknown>,
): Promise<void> => {
  const concurrency = items.length < FEW ? 1 : SIDE_BY_SIDE;
  await pMap(items, (item) => call(item).catch(errors.add), { concurrency });
};
