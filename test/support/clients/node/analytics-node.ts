// analytics-node 6, Segment's previous client: `host` may have a path. It sends the first message alone, at once.
import Analytics from 'analytics-node';
import { drive } from './driver.ts';
import { flushAll } from './flush-all.ts';

await drive(({ url, key, calls }, errors) => {
  // Without an errorHandler a failed flush is an unhandled rejection, which ends the program.
  const analytics = new Analytics(key, { host: url, errorHandler: errors.add });
  return flushAll(analytics, calls);
});
