import { setImmediate } from 'node:timers/promises';
import { type Item, itemBytes, MAX_ITEM_BYTES } from '#shared/aws/dynamodb.ts';
import { toEventItem } from '#shared/events/event-item.ts';
import { entryParser } from '#shared/events/event-schemas.ts';
import type { EventWriter } from '#shared/events/event-store.ts';
import type { Kind } from '#shared/events/kinds.ts';
import type { ApiOperation, ApiResponse } from '#shared/http/api.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import type { IdentityStore } from '#shared/identities/identity-store.ts';
import { countReasons, type ReceiptOutcome } from '#shared/imports/receipt.ts';
import type { ReceiptStore } from '#shared/imports/receipt-store.ts';
import {
  asNotCompleted,
  asNothingStored,
  IMPORT_ID_HEADER,
  type ImportProgress,
  type ImportRequest,
  type ImportShape,
  notAllStored,
  openEnvelope,
  type ReportingDeps,
  reported,
  sentString,
} from '../import-request.ts';

/** What importing events needs. */
export interface ImportEventsDeps extends ReportingDeps {
  readonly contacts: Pick<IdentityStore, 'existing'>;
  readonly events: EventWriter;
  readonly receipts: Pick<ReceiptStore, 'open' | 'close'>;
}

/** An event endpoint: what it takes, and of which kind it makes events. */
export interface EventImport extends ImportShape {
  readonly kind: Kind;
}

/** An entry that was not imported, as the answer tells it. */
interface SkippedEvent {
  readonly index: number;
  readonly contactEmail: string | null;
  readonly reason: string;
}

interface Candidate {
  readonly index: number;
  readonly contactId: string;
  readonly item: Item;
}

/** A batch that is ready to be stored. */
interface Prepared {
  /** By key: twins are one. */
  readonly items: readonly Item[];
  /** How many entries they stand for. */
  readonly imported: number;
  readonly touched: ReadonlySet<string>;
  /** In the order of the request. */
  readonly skipped: readonly SkippedEvent[];
}

/**
 * Stores what is valid, reports the rest by index. The order is what makes it safe: the receipt is written before the
 * first event, so nothing is stored that a refresh of affected contacts could miss, and closed after the last.
 *
 * Answers 503 when the table does not take it all in time.
 */
export const createImportEvents =
  (deps: ImportEventsDeps, shape: EventImport): ApiOperation =>
  async (request) => {
    const { orgId } = request;
    const opened = openEnvelope(request, shape, deps.now);
    const progress: ImportProgress = { retries: 0 };
    const running = importEvents(deps, orgId, shape.kind, opened, progress);
    return reported(deps, orgId, opened.receipt, progress, running);
  };

const importEvents = async (
  deps: ImportEventsDeps,
  orgId: string,
  kind: Kind,
  opened: ImportRequest,
  progress: ImportProgress,
): Promise<ApiResponse> => {
  const { receipt, work, closing } = opened;
  const onRetry = (): void => {
    progress.retries += 1;
  };
  const nothingStored = asNothingStored(receipt.received, 'events');
  // Apart, so that the parsed body is free while its events are stored.
  const { items, imported, touched, skipped } = await prepare(deps, orgId, kind, opened, onRetry).catch(
    nothingStored,
  );

  await deps.receipts.open(orgId, receipt, touched, work).catch(nothingStored);
  const left = await deps.events.put(items, { budget: work, onRetry });
  const stored = items.length - left.length;
  const outcome: ReceiptOutcome = {
    state: left.length === 0 ? 'completed' : 'incomplete',
    imported: left.length === 0 ? imported : stored,
    skipped: skipped.length,
    reasons: countReasons(skipped),
  };
  progress.outcome = outcome;
  await deps.receipts.close(orgId, receipt.id, outcome, closing()).catch(asNotCompleted(receipt.id));
  if (left.length > 0) throw notAllStored(receipt.id, stored, left.length, 'events');
  return {
    statusCode: 200,
    headers: { [IMPORT_ID_HEADER]: receipt.id },
    body: { imported, skipped: skipped.length, errors: skipped },
  };
};

/** Judges the entries, looks up their contacts meanwhile, and drops twins. */
const prepare = async (
  { contacts }: Pick<ImportEventsDeps, 'contacts'>,
  orgId: string,
  kind: Kind,
  { entries, receivedAt, work }: Omit<ImportRequest, 'closing'>,
  onRetry: () => void,
): Promise<Prepared> => {
  const skipped: SkippedEvent[] = [];
  const skip = (index: number, reason: string): void => {
    skipped.push({ index, contactEmail: sentString(entries[index], 'contactEmail'), reason });
  };
  const candidates: Candidate[] = [];
  const named = judge(orgId, entries, kind, receivedAt, candidates, skip);
  const known = await contacts.existing(orgId, named, { budget: work, onRetry });
  const items = new Map<string, Item>();
  const touched = new Set<string>();
  let imported = 0;
  for (const { index, contactId, item } of candidates) {
    if (!known.has(contactId)) {
      skip(index, 'Contact not found');
      continue;
    }
    imported++;
    touched.add(contactId);
    // Twins have one key, which a batch call refuses to take twice; of a correction the last counts.
    items.set(`${contactId}${item['sk']?.S}`, item);
  }
  skipped.sort((a, b) => a.index - b.index);
  return { items: [...items.values()], imported, touched, skipped };
};

/** Counting bytes takes time, and all but the metadata is short: a character of it has three bytes at most. */
const isTooLarge = (item: Item): boolean =>
  (item['m']?.S?.length ?? 0) > MAX_ITEM_BYTES / 4 && itemBytes(item) > MAX_ITEM_BYTES;

/** So many entries are judged in a few ms; then the event loop has its turn, so that look-ups go out and come in. */
const JUDGED_AT_ONCE = 500;

/**
 * Tries all rules that need no look-up.
 *
 * @param candidates - gets the entries that break none
 * @returns the ids of their contacts, each once, as the entries that name them are judged
 */
async function* judge(
  orgId: string,
  entries: readonly unknown[],
  kind: Kind,
  now: number,
  candidates: Candidate[],
  skip: (index: number, reason: string) => void,
): AsyncGenerator<readonly string[]> {
  const parse = entryParser(kind, now);
  // A batch names few contacts many times; each is hashed once, and asked for once however it is written.
  const ids = new Map<string, string>();
  const named = new Set<string>();
  let fresh: string[] = [];
  for (const [index, entry] of entries.entries()) {
    if (index % JUDGED_AT_ONCE === JUDGED_AT_ONCE - 1) {
      yield fresh;
      fresh = [];
      await setImmediate();
    }
    const outcome = parse(entry);
    if (outcome.kind === 'invalid') {
      skip(index, outcome.reason);
      continue;
    }
    const { contactEmail, event } = outcome;
    let contactId = ids.get(contactEmail);
    if (contactId === undefined) {
      contactId = contactIdOf(orgId, contactEmail);
      ids.set(contactEmail, contactId);
      if (!named.has(contactId)) fresh.push(contactId);
      named.add(contactId);
    }
    const item = toEventItem(orgId, contactId, event);
    if (isTooLarge(item)) {
      skip(index, 'Event is too large to store');
      continue;
    }
    candidates.push({ index, contactId, item });
  }
  yield fresh;
}
