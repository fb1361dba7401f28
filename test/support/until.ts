import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until a condition is true.
 *
 * @param what - the condition in words, for the error message
 * @param ms - the maximum time to wait
 * @throws Error if the condition is not true in time
 */
export const until = async (
  what: string,
  condition: () => boolean | Promise<boolean>,
  ms = 10_000,
): Promise<void> => {
  const deadline = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Timed out after ${ms} ms waiting until ${what}`);
    await sleep(25);
  }
};
