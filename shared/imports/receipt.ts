import * as v from 'valibot';
import { EVENT_KINDS, KINDS, type Kind } from '../events/kinds.ts';

/** An endpoint that leaves receipts, by its path behind `/api/v1/`. */
export type ImportEndpoint = (typeof EVENT_KINDS)[Kind]['batch']['endpoint'] | 'contacts';

/** All of them. */
export const IMPORT_ENDPOINTS: readonly ImportEndpoint[] = [
  ...KINDS.map((kind) => EVENT_KINDS[kind].batch.endpoint),
  'contacts',
];

/**
 * `open`: being worked on, or died on the way. `completed`: everything that was answered as imported is stored.
 * `incomplete`: not all could be stored in time, and the request was answered so.
 */
export const RECEIPT_STATES = ['open', 'completed', 'incomplete'] as const;

/** API Gateway ends a request after 29 s; a receipt still open a minute after it began is of a request that died. */
export const OPEN_AT_MOST_MS = 60_000;

/** What is known when an import begins. */
export interface OpeningReceipt {
  readonly id: string;
  readonly endpoint: ImportEndpoint;
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
  /** How many entries the request had. */
  readonly received: number;
}

/** How an import ended. */
export interface ReceiptOutcome {
  readonly state: 'completed' | 'incomplete';
  readonly imported: number;
  readonly skipped: number;
  /** How many entries were skipped, by reason. */
  readonly reasons: Readonly<Record<string, number>>;
}

/** A receipt as the API answers it. */
export const ReceiptSchema = v.object({
  id: v.string(),
  endpoint: v.picklist(IMPORT_ENDPOINTS),
  receivedAt: v.pipe(v.string(), v.isoTimestamp()),
  state: v.picklist(RECEIPT_STATES),
  received: v.pipe(v.number(), v.integer()),
  contacts: v.pipe(v.number(), v.integer()),
  imported: v.nullable(v.pipe(v.number(), v.integer())),
  skipped: v.nullable(v.pipe(v.number(), v.integer())),
  reasons: v.record(v.string(), v.pipe(v.number(), v.integer())),
  completedAt: v.nullable(v.pipe(v.string(), v.isoTimestamp())),
  note: v.nullable(v.string()),
});
export type Receipt = v.InferOutput<typeof ReceiptSchema>;

/**
 * Counts reasons. What a reason quotes is left out (`Invalid event type: 'forward'` counts as `Invalid event type`),
 * so that a receipt has as many lines as there are rules, whatever was sent.
 */
export const countReasons = (errors: readonly { readonly reason: string }[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { reason } of errors) {
    const rule = reason.split(':', 1)[0] as string;
    counts[rule] = (counts[rule] ?? 0) + 1;
  }
  return counts;
};

/** What a reader should know of a receipt beyond its state; null where there is nothing. */
export const receiptNote = (state: Receipt['state'], receivedAt: string, now: number): string | null => {
  if (state === 'incomplete') {
    return 'Not all events could be stored in time. Sending the same batch again is safe.';
  }
  if (state === 'open' && now - Date.parse(receivedAt) > OPEN_AT_MOST_MS) {
    return 'This import ended before it was completed: some of its events may be stored. Sending the same batch again is safe.';
  }
  return null;
};
