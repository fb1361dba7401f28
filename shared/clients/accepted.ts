import * as v from 'valibot';

/** The formats of clients' messages: Segment's, and operations of Customer.io's Track API v2, into which those of v1 are turned. */
export const FORMATS = ['segment', 'customer-io'] as const;
/** One of {@link FORMATS}. */
export type Format = (typeof FORMATS)[number];

/**
 * The schema of accepted messages in the queue: messages of one request, as they were sent. Each is JSON text, since a number
 * must be stored as it was written, and a parser of the whole would change it.
 */
export const AcceptedSchema = v.object({
  orgId: v.string(),
  format: v.picklist(FORMATS),
  /** When the request was received, ms since 1970: the time of messages that have none. */
  receivedAt: v.number(),
  /** The position of the first message in its request: of messages without a time, later ones take precedence. */
  first: v.number(),
  messages: v.array(v.string()),
});
/** See {@link AcceptedSchema}. */
export type Accepted = v.InferOutput<typeof AcceptedSchema>;

/**
 * The size of the messages that are sent together, in bytes: ten of them, which one call sends, are below SQS's limit of 1 MiB
 * for a call. Source: SQS Developer Guide, "Message quotas".
 */
const RECORD_BYTES = 96 * 1024;

/**
 * The largest single message, in bytes: SQS takes 1 MiB, JSON in JSON may take twice its size, and an event of more than 400 KB
 * cannot be stored in any case.
 */
export const MAX_MESSAGE_BYTES = 450 * 1024;

/** JSON text within JSON text: quotes and backslashes are escaped. */
const bytesInJson = (text: string): number => Buffer.byteLength(JSON.stringify(text));

/** Messages of a request, packed for the queue. */
export interface Packed {
  /** Ten of these can be sent in one call. */
  readonly small: readonly Accepted[];
  /** Each of these is sent in a call of its own. */
  readonly large: readonly Accepted[];
}

/**
 * Packs the messages of a request for the queue.
 * @param messages - JSON texts, none of more than {@link MAX_MESSAGE_BYTES}
 */
export const packAccepted = (
  request: Omit<Accepted, 'messages' | 'first'>,
  messages: readonly string[],
): Packed => {
  const small: Accepted[] = [];
  const large: Accepted[] = [];
  let texts: string[] = [];
  let bytes = 0;
  const flush = (end: number): void => {
    if (texts.length > 0) small.push({ ...request, first: end - texts.length, messages: texts });
    [texts, bytes] = [[], 0];
  };
  for (const [nth, text] of messages.entries()) {
    const size = bytesInJson(text) + 1;
    if (size > RECORD_BYTES) {
      flush(nth);
      large.push({ ...request, first: nth, messages: [text] });
      continue;
    }
    if (bytes + size > RECORD_BYTES) flush(nth);
    texts.push(text);
    bytes += size;
  }
  flush(messages.length);
  return { small, large };
};
