// customerio-node 4: always HTTPS, and the port of `url` is dropped; it must be given beside it. It never retries.
import { type IdentifierType, TrackClient } from 'customerio-node-4';
import { makeTrackCall } from './customerio-track-calls.ts';
import { drive, each } from './driver.ts';

await drive(({ url, key, calls }, errors) => {
  const cio = new TrackClient('site', key, { url: `${url}/v1`, port: new URL(url).port });
  return each(calls, errors, (call) =>
    makeTrackCall(
      {
        identify: (id, data) => cio.identify(id, data),
        track: (id, data) => cio.track(id, data),
        trackPageView: (id, path) => cio.trackPageView(id, path),
        mergeCustomers: (idType, id, otherType, other) =>
          cio.mergeCustomers(idType as IdentifierType, id, otherType as IdentifierType, other),
      },
      call,
    ),
  );
});
