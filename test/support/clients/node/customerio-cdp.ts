// @customerio/cdp-analytics-node drops the path of its `host`; it belongs into `path`.
import { Analytics } from '@customerio/cdp-analytics-node';
import { drive } from './driver.ts';
import { makeCall } from './segment-calls.ts';

await drive(async ({ url, key, calls }, errors) => {
  const { origin, pathname } = new URL(url);
  const analytics = new Analytics({ writeKey: key, host: origin, path: `${pathname}/v1/batch` });
  analytics.on('error', errors.add);
  for (const call of calls) makeCall(analytics, call);
  await analytics.closeAndFlush({ timeout: 60_000 });
});
