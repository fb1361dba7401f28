import * as v from 'valibot';
import { EVENT_KINDS, IMPORTED_KINDS, type ImportedKind } from '../events/kinds.ts';
import { NAMESPACES } from '../identities/identity.ts';
import { NOT_LINKED } from '../linking/rules.ts';

/**
 * The sources of clients' messages: `stream` collects single messages of vendors' clients, `leadvibe` is an uploaded file.
 */
export const MESSAGE_ENDPOINTS = ['stream', 'leadvibe'] as const;
/** One of {@link MESSAGE_ENDPOINTS}. */
export type MessageEndpoint = (typeof MESSAGE_ENDPOINTS)[number];

/** A source of imports that writes receipts: a batch endpoint by its path after `/api/v1/`, or a source of messages. */
export type ImportEndpoint =
  | (typeof EVENT_KINDS)[ImportedKind]['batch']['endpoint']
  | 'contacts'
  | MessageEndpoint;

/** All sources that write receipts. */
export const IMPORT_ENDPOINTS: readonly ImportEndpoint[] = [
  ...IMPORTED_KINDS.map((kind) => EVENT_KINDS[kind].batch.endpoint),
  'contacts',
  ...MESSAGE_ENDPOINTS,
];

/**
 * The types of receipts: `stream` for collected single messages, of which there may be one a second for years, and `batch` for
 * requests and files.
 */
export const RECEIPT_TYPES = ['batch', 'stream'] as const;
/** One of {@link RECEIPT_TYPES}. */
export type ReceiptType = (typeof RECEIPT_TYPES)[number];

/** The type of a source's receipts. */
export const receiptTypeOf = (endpoint: ImportEndpoint): ReceiptType =>
  endpoint === 'stream' ? 'stream' : 'batch';

/**
 * `open`: the import is running or was interrupted. `completed`: all entries that the response counts as imported are
 * stored. `incomplete`: some entries could not be stored in time, and the response reported that.
 */
export const RECEIPT_STATES = ['open', 'completed', 'incomplete'] as const;

/** API Gateway ends a request after 29 s; an import whose receipt is still open after a minute was interrupted. */
export const OPEN_AT_MOST_MS = 60_000;

/** The timeout of the function that collects messages, for which one of their imports may be running. */
const STREAM_OPEN_AT_MOST_MS = 120_000;

/** An import whose receipt is open for longer was interrupted, in ms. */
export const openAtMostMs = (endpoint: ImportEndpoint): number =>
  endpoint === 'stream' ? STREAM_OPEN_AT_MOST_MS : OPEN_AT_MOST_MS;

/** A receipt as it is written when an import begins. */
export interface OpeningReceipt {
  readonly id: string;
  readonly endpoint: ImportEndpoint;
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
  /** The number of entries of the request. */
  readonly received: number;
}

/** The number of refused messages, and of identities that were not linked, that a receipt lists. */
export const MAX_LISTED = 100;

const nthMessage = v.pipe(
  v.number(),
  v.integer(),
  v.description('The position of the message in its import, or of the row in its file, from 0'),
);

const ReceiptErrorSchema = v.object({
  index: nthMessage,
  messageId: v.pipe(v.nullable(v.string()), v.description('The id that the client gave the message')),
  reason: v.pipe(v.string(), v.description('The first rule that the message violates')),
});
const ReceiptNotLinkedSchema = v.object({
  index: nthMessage,
  namespace: v.picklist(NAMESPACES),
  reason: v.picklist(NOT_LINKED),
  contactId: v.pipe(v.string(), v.description('The contact that the message counts for')),
  belongsTo: v.pipe(
    v.nullable(v.string()),
    v.description('The contact that the identity belongs to, if it belongs to one'),
  ),
});
/** An identity that was not linked to the contact of its message, as the receipt lists it. */
export type ReceiptNotLinked = v.InferOutput<typeof ReceiptNotLinkedSchema>;

/** What a receipt of messages lists in addition to counts: at most {@link MAX_LISTED} of each. */
export const ReceiptDetailsSchema = v.object({
  errors: v.pipe(
    v.array(ReceiptErrorSchema),
    v.description(`The first ${MAX_LISTED} refused messages; empty for batches, whose responses list them`),
  ),
  notLinked: v.pipe(
    v.array(ReceiptNotLinkedSchema),
    v.description(`The first ${MAX_LISTED} identities of messages that were not linked to their contacts`),
  ),
});
/** See {@link ReceiptDetailsSchema}. */
export type ReceiptDetails = v.InferOutput<typeof ReceiptDetailsSchema>;

/** The part of a receipt that is written when an import ends. */
export interface ReceiptOutcome {
  readonly state: 'completed' | 'incomplete';
  readonly imported: number;
  readonly skipped: number;
  /** The number of skipped entries, by reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Only of imports of messages: the response to a batch lists them itself. */
  readonly details?: ReceiptDetails;
}

/** A receipt as the API returns it. */
export const ReceiptSchema = v.object({
  id: v.string(),
  endpoint: v.picklist(IMPORT_ENDPOINTS),
  receivedAt: v.pipe(v.string(), v.isoTimestamp()),
  state: v.pipe(
    v.picklist(RECEIPT_STATES),
    v.description(
      '`open`: running or interrupted. `completed`: everything that it counts as imported is stored. `incomplete`: part ' +
        'could not be stored in time, as the response said.',
    ),
  ),
  received: v.pipe(v.number(), v.integer(), v.description('The number of entries of the request')),
  contacts: v.pipe(
    v.number(),
    v.integer(),
    v.description(
      'The number of contacts that it affects; in an import of contacts, one that entries name by different identities counts as several',
    ),
  ),
  imported: v.pipe(
    v.nullable(v.pipe(v.number(), v.integer())),
    v.description('The number of stored entries; null while it is open'),
  ),
  skipped: v.pipe(
    v.nullable(v.pipe(v.number(), v.integer())),
    v.description('The number of refused entries; null while it is open'),
  ),
  reasons: v.pipe(
    v.record(v.string(), v.pipe(v.number(), v.integer())),
    v.description('The number of refused entries by reason, without the values that a reason quotes'),
  ),
  completedAt: v.pipe(
    v.nullable(v.pipe(v.string(), v.isoTimestamp())),
    v.description('Null while it is open'),
  ),
  note: v.pipe(v.nullable(v.string()), v.description('What to do, if anything is')),
});
/** A receipt that satisfies {@link ReceiptSchema}. */
export type Receipt = v.InferOutput<typeof ReceiptSchema>;

/** A receipt as the API returns it alone. */
export const DetailedReceiptSchema = v.object({ ...ReceiptSchema.entries, ...ReceiptDetailsSchema.entries });
/** A receipt that satisfies {@link DetailedReceiptSchema}. */
export type DetailedReceipt = v.InferOutput<typeof DetailedReceiptSchema>;

/** A position in a list, as a reason names it: `cio_relationships[57].identifiers`. */
const POSITION = /\[\d+\]/g;

/**
 * Counts reasons by rule. Quoted values are omitted (`Invalid event type: 'forward'` counts as `Invalid event type`), and so are
 * positions, so that the number of lines in a receipt, and of metrics, is bounded by the number of rules.
 */
export const countReasons = (errors: readonly { readonly reason: string }[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { reason } of errors) {
    const rule = (reason.split(':', 1)[0] as string).replaceAll(POSITION, '[]');
    counts[rule] = (counts[rule] ?? 0) + 1;
  }
  return counts;
};

/** What to do about an import that was not completed. Whoever sent single messages has forgotten them; the queue has not. */
const whatToDo = (endpoint: ImportEndpoint): string =>
  endpoint === 'stream'
    ? 'A later import has all of its messages; there is nothing to do.'
    : 'Sending the same batch again is safe.';

/** An explanation of a receipt's state for its reader; null if the state needs none. */
export const receiptNote = (
  { state, receivedAt, endpoint }: Pick<Receipt, 'state' | 'receivedAt' | 'endpoint'>,
  now: number,
): string | null => {
  if (state === 'incomplete') return `Not all events could be stored in time. ${whatToDo(endpoint)}`;
  if (state === 'open' && now - Date.parse(receivedAt) > openAtMostMs(endpoint)) {
    return `This import ended before it was completed: some of its events may be stored. ${whatToDo(endpoint)}`;
  }
  return null;
};
