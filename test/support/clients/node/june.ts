// @june-so/analytics-node 8 sets address and path after the program's options: only a client of HTTP of the program's own
// reaches another address. It has no alias.
import { Analytics } from '@june-so/analytics-node';
import { drive } from './driver.ts';
import { makeCall } from './segment-calls.ts';

const JUNE = 'https://api.june.so';

await drive(async ({ url, key, calls }, errors) => {
  const httpClient = (address: string, init: RequestInit) => fetch(address.replace(JUNE, url), init);
  const analytics = new Analytics(key, { httpClient });
  const done = (error: unknown): void => {
    if (error) errors.add(error);
  };
  for (const call of calls) makeCall(analytics, call, done);
  await analytics.closeAndFlush(60_000);
});
