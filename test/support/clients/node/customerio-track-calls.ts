import { type Call, unixSeconds } from '../calls.ts';

/** What versions 4 and 5 of customerio-node's TrackClient have in common. */
interface TrackClient {
  identify(id: string, data: object): Promise<unknown>;
  track(id: string, data: object): Promise<unknown>;
  trackPageView(id: string, path: string): Promise<unknown>;
  mergeCustomers(idType: 'id', id: string, otherType: 'id', other: string): Promise<unknown>;
}

/** Makes a call of the Track API. Its page views have no time, and it has no group. */
export const makeTrackCall = async (cio: TrackClient, call: Call): Promise<unknown> => {
  switch (call.kind) {
    case 'identify':
      return cio.identify(call.userId, { ...call.traits, _timestamp: unixSeconds(call.at) });
    case 'track':
      return cio.track(call.userId, {
        name: call.event,
        data: call.properties,
        timestamp: unixSeconds(call.at),
      });
    case 'page':
      return cio.trackPageView(call.userId, call.properties.url);
    case 'alias':
      return cio.mergeCustomers('id', call.userId, 'id', call.previousId);
    case 'group':
      throw new Error('The Track API v1 has no group');
  }
};
