import { isEmpty } from '../attributes.ts';
import { type Rejection, rejected } from '../checked.ts';
import { type Fields, fieldsOf, mapOf } from '../sent-value.ts';
import { MAX_PART_DEPTH } from './metadata.ts';

/** What the last part of a request's path says about its body: one message of a type, or several of any types. */
export type SegmentPath = 'identify' | 'track' | 'page' | 'screen' | 'group' | 'alias' | 'batch' | 'import';

/** The messages of a request, or the rule that it breaks. */
export type RequestMessages =
  | { readonly kind: 'messages'; readonly messages: readonly unknown[] }
  | Rejection;

/** The maximum number of messages of a batch. Source: Segment documentation, "HTTP Tracking API", Batch. */
export const MAX_BATCH = 2_500;

/** A message as it may be kept: a key of the API has no place in it. */
const withoutKey = (message: Fields): Fields => {
  if (!Object.hasOwn(message, 'writeKey')) return message;
  const { writeKey: _writeKey, ...kept } = message;
  return kept;
};

/**
 * A message of a batch with the context of the envelope, in which its own takes precedence by the names at its top. What is no
 * object is left as it is, for its own reason.
 */
const withContext = (item: unknown, envelope: Fields): unknown => {
  const message = fieldsOf(item);
  if (message === undefined) return item;
  const own = mapOf('context', message['context'], MAX_PART_DEPTH);
  return withoutKey(
    isEmpty(envelope) || own.kind === 'rejected'
      ? message
      : { ...message, context: { ...envelope, ...own.value } },
  );
};

const messagesOfBatch = (body: Fields): RequestMessages => {
  const { batch } = body;
  if (batch === undefined || batch === null) return rejected('batch', 'batch is required');
  if (!Array.isArray(batch)) return rejected('batch', 'batch must be an array');
  if (batch.length > MAX_BATCH) return rejected('batch', `batch must have at most ${MAX_BATCH} messages`);
  const context = mapOf('context', body['context'], MAX_PART_DEPTH);
  if (context.kind === 'rejected') return context;
  return { kind: 'messages', messages: batch.map((item) => withContext(item, context.value)) };
};

/**
 * The messages of a request, as `translateSegment` takes them.
 *
 * Of the envelope of a batch, only its `context` says something about the messages: `timestamp` is the moment of sending for
 * several clients, `sentAt` always, and `integrations` tells of where messages go to. The size of a message is not limited: the
 * clients' own checks are broken, and RudderStack's allow 4 MB. Source: Segment documentation, "HTTP Tracking API".
 *
 * @param path - the last part of the path. The type that it says takes precedence over one in the body.
 * @param body - parsed by `parseLossless`
 */
export const messagesOfRequest = (path: SegmentPath, body: Record<string, unknown>): RequestMessages =>
  path === 'batch' || path === 'import'
    ? messagesOfBatch(body)
    : { kind: 'messages', messages: [withoutKey({ ...body, type: path })] };
