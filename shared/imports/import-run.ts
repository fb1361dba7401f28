import type { RetryBudget } from '../aws/retry.ts';
import type { Clock } from '../time/clock.ts';
import { newId } from '../time/ids.ts';
import { OutOfTimeError } from '../time/out-of-time.ts';
import type { ImportOutcome, Stored } from './outcome.ts';
import {
  countReasons,
  type ImportEndpoint,
  type OpeningReceipt,
  type ReceiptDetails,
  type ReceiptOutcome,
} from './receipt.ts';
import type { ReceiptStore } from './receipt-store.ts';

/** The time that an import may take. */
export interface ImportBudget {
  /** The time until the last entry is stored. */
  readonly work: RetryBudget;
  /** Creates the budget for closing the receipt afterwards; it starts when this is called. */
  readonly closing: () => RetryBudget;
}

/** A batch as a transport passes it to an import. */
export interface ImportBatch {
  readonly orgId: string;
  /** The endpoint that received the entries, for the receipt and the report. */
  readonly source: ImportEndpoint;
  /** The entries as `parseLossless` returns them, not validated yet. */
  readonly entries: readonly unknown[];
  /** When the batch was received, ms since 1970; timestamps of entries are validated against it. */
  readonly receivedAt: number;
  readonly budget: ImportBudget;
}

/** A summary of an import for metrics and logs. It contains no data that a customer sent. */
export interface ImportReport {
  readonly orgId: string;
  readonly importId: string;
  readonly endpoint: ImportEndpoint;
  readonly received: number;
  readonly imported: number;
  readonly skipped: number;
  /** The number of skipped entries, by rule. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Whether the outcome was `completed`. */
  readonly complete: boolean;
  /** From arrival to outcome, in ms. */
  readonly ms: number;
  /** The number of retries of calls to tables. */
  readonly retries: number;
}

/** The dependencies of all imports. */
export interface ImportRunDeps {
  readonly receipts: Pick<ReceiptStore, 'open' | 'close'>;
  /** Called once for every import, whether or not it succeeds. */
  readonly onImport: (report: ImportReport) => void;
  readonly now: Clock;
}

/** A running import. It holds no reference to the entries, so that they can be freed before it ends. */
export interface ImportRun {
  readonly orgId: string;
  readonly receipt: OpeningReceipt;
  /** When the batch was received, ms since 1970. */
  readonly receivedAt: number;
  readonly budget: ImportBudget;
  /** Must be called for every retry of a call to a table. */
  readonly onRetry: () => void;
  /** Returns the number of retries so far. */
  readonly retries: () => number;
}

/** Begins the import of a batch: assigns its id, and stores nothing yet. */
export const beginImport = ({ orgId, source, entries, receivedAt, budget }: ImportBatch): ImportRun => {
  let retries = 0;
  return {
    orgId,
    receipt: {
      id: newId('imp', () => receivedAt),
      endpoint: source,
      receivedAt: new Date(receivedAt).toISOString(),
      received: entries.length,
    },
    receivedAt,
    budget,
    onRetry: () => {
      retries += 1;
    },
    retries: () => retries,
  };
};

/**
 * Stores the prepared entries of an import and reports its outcome. The order makes this safe: the receipt, which
 * lists the contacts that the import affects, is written before the first entry, so that a refresh of affected
 * contacts cannot miss a stored entry; it is closed after the last entry.
 *
 * @param preparing - the prepared entries and the contacts that they affect. A promise rather than a function of the
 * batch, so that nothing here references the batch: the parsed body can be freed while its entries are stored
 * @param store - stores the prepared entries; returns those that it stored by the deadline
 * @param details - what the receipt lists. @default - it has counts only
 * @throws unexpected errors; the import is reported in that case, too
 */
export const finishImport = async <P extends { readonly touched: ReadonlySet<string> }, S extends Stored>(
  { receipts, onImport, now }: ImportRunDeps,
  run: ImportRun,
  preparing: Promise<P>,
  store: (prepared: P) => Promise<S>,
  details?: (stored: S) => ReceiptDetails,
): Promise<ImportOutcome<S>> => {
  const { orgId, receipt, budget } = run;
  let counts: ReceiptOutcome | undefined;
  let complete = false;
  try {
    const opened = await inTime(async () => {
      const prepared = await preparing;
      await receipts.open(orgId, receipt, prepared.touched, budget.work);
      return prepared;
    });
    if (opened === undefined) return { kind: 'nothing-stored', left: receipt.received };

    const stored = await store(opened);
    const counted = { ...receiptOutcomeOf(stored), ...(details && { details: details(stored) }) };
    counts = counted;
    const closed = await inTime(async () => {
      await receipts.close(orgId, receipt, counted, budget.closing());
      return true;
    });
    if (closed === undefined) return { kind: 'not-closed', importId: receipt.id, ...stored };
    if (counted.state === 'incomplete') return { kind: 'incomplete', importId: receipt.id, ...stored };
    complete = true;
    return { kind: 'completed', importId: receipt.id, ...stored };
  } finally {
    const { id: importId, endpoint, received } = receipt;
    const { imported = 0, skipped = 0, reasons = {} } = counts ?? {};
    const ms = now() - run.receivedAt;
    const retries = run.retries();
    onImport({ orgId, importId, endpoint, received, imported, skipped, reasons, complete, ms, retries });
  }
};

/** The result of the work; undefined if its time ran out. */
const inTime = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OutOfTimeError) return undefined;
    throw error;
  }
};

const receiptOutcomeOf = ({ imported, left, errors }: Stored): ReceiptOutcome => ({
  state: left === 0 ? 'completed' : 'incomplete',
  imported,
  skipped: errors.length,
  reasons: countReasons(errors),
});
