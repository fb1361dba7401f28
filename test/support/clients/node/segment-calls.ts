import type { Call } from '../calls.ts';

/** What the Node clients of Segment, RudderStack, June and Customer.io's pipelines have in common. */
interface SegmentShaped<Done> {
  identify(message: object, done?: Done): unknown;
  track(message: object, done?: Done): unknown;
  page(message: object, done?: Done): unknown;
  group(message: object, done?: Done): unknown;
  /** June's newest client has none. */
  alias?(message: object, done?: Done): unknown;
}

/** Makes a call of a Segment-shaped client, with the names of its parameters. */
export const makeCall = <Done>(client: unknown, call: Call, done?: Done): void => {
  const { kind, at, ...message } = call;
  (client as SegmentShaped<Done>)[kind]?.({ ...message, timestamp: new Date(at) }, done);
};
