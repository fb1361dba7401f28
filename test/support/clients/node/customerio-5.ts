// customerio-node 5, the Track API v1: one request for each call.
import { type IdentifierType, TrackClient } from 'customerio-node';
import { makeTrackCall } from './customerio-track-calls.ts';
import { drive, each } from './driver.ts';

await drive(({ url, key, calls }, errors) => {
  const cio = new TrackClient('site', key, { url: `${url}/v1` });
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
