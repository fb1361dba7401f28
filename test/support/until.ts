import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until something is so.
 * @throws Error where it is not so within the time
 */
export const until = async (
  what: string,
  isSo: () => boolean | Promise<boolean>,
  ms = 10_000,
): Promise<void> => {
  const deadline = Date.now() + ms;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`Within ${ms} ms it did not come about that ${what}`);
    await sleep(25);
  }
};
