// @rudderstack/rudder-sdk-node: `dataPlaneUrl` may have a path. It sends gzip, with the content type of a form.
import Analytics from '@rudderstack/rudder-sdk-node';
import { drive } from './driver.ts';
import { flushAll } from './flush-all.ts';

await drive(({ url, key, calls }, errors) => {
  const analytics = new Analytics(key, { dataPlaneUrl: url, errorHandler: errors.add });
  return flushAll(analytics, calls);
});
