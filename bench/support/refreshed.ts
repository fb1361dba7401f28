import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller } from './world.ts';

/** How often the progress is asked for; it is part of what a caller waits. */
const POLL_MS = 50;

/** A refresh that takes longer than this is stuck. */
const GIVEN_UP_MS = 60_000;

/**
 * Has contacts refreshed, and waits until they are.
 * @throws Error where that fails or takes too long
 */
export const refresh = async ({ call }: Caller, contactIds: readonly string[]): Promise<void> => {
  const started = (await call('POST', '/v1/contacts/backfill/refresh', { contactIds }, 202)) as {
    refreshId: string;
  };
  const deadline = Date.now() + GIVEN_UP_MS;
  for (;;) {
    const path = `/v1/contacts/backfill/refresh/${started.refreshId}`;
    const progress = (await call('GET', path)) as { status: string };
    if (progress.status === 'completed') return;
    if (progress.status === 'failed' || Date.now() > deadline) {
      throw new Error(`The refresh did not complete: ${JSON.stringify(progress)}`);
    }
    await sleep(POLL_MS);
  }
};
