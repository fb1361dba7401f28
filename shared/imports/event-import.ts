import { setImmediate } from 'node:timers/promises';
import { type Item, itemBytes, MAX_ITEM_BYTES } from '../aws/dynamodb.ts';
import type { RetryBudget } from '../aws/retry.ts';
import { toEventItem } from '../events/event-item.ts';
import { entryParser } from '../events/event-schemas.ts';
import type { EventWriter } from '../events/event-store.ts';
import type { ImportedKind } from '../events/kinds.ts';
import { contactIdOf } from '../identities/contact-id.ts';
import type { IdentityStore } from '../identities/identity-store.ts';
import { beginImport, finishImport, type ImportBatch, type ImportRunDeps } from './import-run.ts';
import { type EntryError, type ImportOutcome, sentString } from './outcome.ts';

/** The dependencies of the import of events. */
export interface EventImporterDeps extends ImportRunDeps {
  readonly contacts: Pick<IdentityStore, 'find'>;
  readonly events: EventWriter;
}

/** A batch of events of one kind. */
export interface EventBatch extends ImportBatch {
  readonly kind: ImportedKind;
}

/** Stores the valid events of a batch; the outcome lists the others by index, with reasons. */
export type EventImporter = (batch: EventBatch) => Promise<ImportOutcome>;

/**
 * Creates the import of events for all transports: it validates the entries, looks up their contacts, writes a receipt,
 * stores the events and closes the receipt.
 */
export const createEventImporter =
  (deps: EventImporterDeps): EventImporter =>
  // Not async, and without a closure over the batch: either would keep the entries in memory while events are stored.
  (batch) => {
    const run = beginImport(batch);
    const options = { budget: batch.budget.work, onRetry: run.onRetry };
    return finishImport(
      deps,
      run,
      prepareEvents(deps.contacts, batch, options),
      async ({ items, imported, errors }) => {
        const left = (await deps.events.put(items, options)).length;
        return { imported: left === 0 ? imported : items.length - left, left, errors };
      },
    );
  };

/** Events that are ready to be stored. */
interface PreparedEvents {
  /** Items with distinct keys, since a batch call refuses duplicate keys. */
  readonly items: readonly Item[];
  /** The number of their entries, including duplicates. */
  readonly imported: number;
  /** Ids of their contacts. */
  readonly touched: ReadonlySet<string>;
  /** Refused entries, in the order of the batch. */
  readonly errors: readonly EntryError[];
}

/** A valid event whose contact has not been looked up yet. */
interface Candidate {
  readonly index: number;
  readonly contactId: string;
  readonly item: Item;
}

/** Validates the entries, looks up their contacts at the same time, and drops duplicates. */
const prepareEvents = async (
  contacts: EventImporterDeps['contacts'],
  batch: EventBatch,
  options: { readonly budget: RetryBudget; readonly onRetry: () => void },
): Promise<PreparedEvents> => {
  const errors: EntryError[] = [];
  const skip = (index: number, reason: string): void => {
    errors.push({ index, identifier: sentString(batch.entries[index], 'contactEmail'), reason });
  };
  const candidates: Candidate[] = [];
  const named = validate(batch, candidates, skip);
  const known = await contacts.find(batch.orgId, named, options);
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
    // Duplicates have the same key; the last one is stored, as it may correct the others.
    items.set(`${contactId}${item['sk']?.S}`, item);
  }
  errors.sort((a, b) => a.index - b.index);
  return { items: [...items.values()], imported, touched, errors };
};

/**
 * Counting bytes takes time and only the metadata can be long; each of its UTF-16 code units has at most three bytes.
 */
const isTooLarge = (item: Item): boolean =>
  (item['m']?.S?.length ?? 0) > MAX_ITEM_BYTES / 4 && itemBytes(item) > MAX_ITEM_BYTES;

/** Entries between two turns of the event loop, a few ms of work; look-ups of contacts proceed in these turns. */
const ENTRIES_PER_TURN = 500;

/**
 * Checks all rules that need no look-up.
 *
 * @param candidates - the array to which valid entries are added
 * @param skip - called for every invalid entry
 * @returns the ids of the entries' contacts, each once, in groups, while validation continues
 */
async function* validate(
  { orgId, kind, entries, receivedAt }: EventBatch,
  candidates: Candidate[],
  skip: (index: number, reason: string) => void,
): AsyncGenerator<readonly string[]> {
  const parse = entryParser(kind, receivedAt);
  // A batch often has many entries of few contacts: each address is hashed once, and each contact is looked up once.
  const ids = new Map<string, string>();
  const named = new Set<string>();
  let fresh: string[] = [];
  for (const [index, entry] of entries.entries()) {
    if (index % ENTRIES_PER_TURN === ENTRIES_PER_TURN - 1) {
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
