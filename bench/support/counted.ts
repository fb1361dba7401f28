import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller } from './world.ts';

/** How often the charts are asked; each time is work for the engine that counts. */
const POLL_MS = 100;

/** Counting that takes longer than this is stuck. */
const GIVEN_UP_MS = 60_000;

/** The time that a chart is of, as dates; the last is exclusive. */
export interface Dates {
  readonly from: string;
  readonly to: string;
}

/**
 * Waits until the charts have an organisation's email events.
 *
 * @param events - how many it has between the dates
 * @throws Error where more are counted, or it takes too long
 */
export const untilCounted = async ({ call }: Caller, { from, to }: Dates, events: number): Promise<void> => {
  const deadline = Date.now() + GIVEN_UP_MS;
  for (;;) {
    const path = `/v1/analytics/email?from=${from}&to=${to}&interval=month`;
    const { totals } = (await call('GET', path)) as { totals: Record<string, number> };
    const counted = Object.values(totals).reduce((sum, count) => sum + count, 0);
    if (counted === events) return;
    if (counted > events || Date.now() > deadline) {
      throw new Error(`The charts have ${counted} of ${events} events`);
    }
    await sleep(POLL_MS);
  }
};
