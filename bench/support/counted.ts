import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller } from './world.ts';

/** The polling interval of the charts; each poll is work for the engine that is counting. */
const POLL_MS = 100;

/** The time-out of counting. */
const GIVEN_UP_MS = 60_000;

/** The span of a chart, as dates; `to` is exclusive. */
export interface Dates {
  readonly from: string;
  readonly to: string;
}

/**
 * Waits until the charts contain an organisation's email events.
 *
 * @param events - the number of its events between the dates
 * @throws Error if more are counted, or it takes too long
 */
export const untilCounted = async ({ call }: Caller, { from, to }: Dates, events: number): Promise<void> => {
  const deadline = Date.now() + GIVEN_UP_MS;
  for (;;) {
    const path = `/v1/analytics/email?from=${from}&to=${to}&interval=month`;
    const { totals } = (await call('GET', path)) as { totals: Record<string, number> };
    const counted = Object.values(totals).reduce((sum, count) => sum + count, 0);
    if (counted === events) return;
    if (counted > events || Date.now() > deadline) {
      throw new Error(`The charts contain ${counted} of ${events} events`);
    }
    await sleep(POLL_MS);
  }
};
