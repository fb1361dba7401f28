import type { RetryBudget } from '../aws/retry.ts';
import type { Clock } from '../time/clock.ts';
import { newId } from '../time/ids.ts';
import { OutOfTimeError } from '../time/out-of-time.ts';
import type { ImportOutcome, Stored } from './outcome.ts';
import { countReasons, type ImportEndpoint, type OpeningReceipt, type ReceiptOutcome } from './receipt.ts';
import type { ReceiptStore } from './receipt-store.ts';

/** How long an import may take. */
export interface ImportBudget {
  /** For everything up to the last entry's being stored. */
  readonly work: RetryBudget;
  /** For closing the receipt after that; its time begins when it is asked for. */
  readonly closing: () => RetryBudget;
}

/** A batch as a transport hands it over. */
export interface ImportBatch {
  readonly orgId: string;
  /** Where the entries came in; the receipt and the report name it. */
  readonly source: ImportEndpoint;
  /** Parsed JSON with numbers as written, see `parseLossless`; nothing is known of them yet. */
  readonly entries: readonly unknown[];
  /** ms since 1970: the moment by which entries are validated. */
  readonly receivedAt: number;
  readonly budget: ImportBudget;
}

/** How an import went, for those who watch. It holds nothing that a customer sent. */
export interface ImportReport {
  readonly orgId: string;
  readonly importId: string;
  readonly endpoint: ImportEndpoint;
  readonly received: number;
  readonly imported: number;
  readonly skipped: number;
  /** How many entries were skipped, by rule. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Whether the outcome was `completed`. */
  readonly complete: boolean;
  /** From arrival to outcome. */
  readonly ms: number;
  /** Calls of tables that were made again. */
  readonly retries: number;
}

/** What every import needs, whatever it imports. */
export interface ImportRunDeps {
  readonly receipts: Pick<ReceiptStore, 'open' | 'close'>;
  /** Told once of every import, however it ended. */
  readonly onImport: (report: ImportReport) => void;
  readonly now: Clock;
}

/** One import while it is worked on: all that is kept of its batch from beginning to end. */
export interface ImportRun {
  readonly orgId: string;
  readonly receipt: OpeningReceipt;
  /** ms since 1970. */
  readonly receivedAt: number;
  readonly budget: ImportBudget;
  /** To be told of every call of a table that is made again. */
  readonly onRetry: () => void;
  /** How often that was. */
  readonly retries: () => number;
}

/** Begins the import of a batch: it gets its id, and nothing is stored yet. */
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
 * Carries an import from its prepared entries to its outcome, and reports it. The order is what makes it safe: the
 * receipt, which names the contacts that are about to be touched, is written before the first entry, so nothing is
 * stored that a refresh of affected contacts could miss, and closed after the last.
 *
 * @param preparing - what is to be stored, and which contacts that touches. A promise, and `store` takes its value: an
 * import holds the batch no longer than preparing it takes, so that its memory is free while its entries are stored
 * @throws what is unforeseen; that, too, is reported
 */
export const finishImport = async <P extends { readonly touched: ReadonlySet<string> }, S extends Stored>(
  { receipts, onImport, now }: ImportRunDeps,
  run: ImportRun,
  preparing: Promise<P>,
  store: (prepared: P) => Promise<S>,
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
    const counted = receiptOutcomeOf(stored);
    counts = counted;
    const closed = await inTime(async () => {
      await receipts.close(orgId, receipt.id, counted, budget.closing());
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

/** What the work gives; undefined where the time was up before. */
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
