import { setImmediate } from 'node:timers/promises';
import type { Item } from '../aws/dynamodb.ts';
import type { RetryBudget } from '../aws/retry.ts';
import { firstIdentityField } from '../events/entry-identity.ts';
import { toEventItem } from '../events/event-item.ts';
import { entryParser } from '../events/event-schemas.ts';
import type { EventWriter } from '../events/event-store.ts';
import type { ImportedKind } from '../events/kinds.ts';
import { identityIdOf } from '../identities/contact-id.ts';
import { NAMESPACES, type Namespace } from '../identities/identity.ts';
import { identityValue } from '../identities/identity-schemas.ts';
import type { IdentityStore } from '../identities/identity-store.ts';
import { beginImport, finishImport, type ImportBatch, type ImportRunDeps } from './import-run.ts';
import { type EntryError, type ImportOutcome, sentString } from './outcome.ts';
import { EVENT_TOO_LARGE, isTooLarge } from './put-events.ts';

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

/** A valid event whose identity has not been looked up yet. */
interface Candidate {
  readonly index: number;
  readonly identityId: string;
  readonly item: Item;
}

/** Validates the entries, looks up their identities at the same time, and drops duplicates. */
const prepareEvents = async (
  contacts: EventImporterDeps['contacts'],
  batch: EventBatch,
  options: { readonly budget: RetryBudget; readonly onRetry: () => void },
): Promise<PreparedEvents> => {
  const errors: EntryError[] = [];
  const skip = (index: number, reason: string): void => {
    const entry = batch.entries[index];
    const field = firstIdentityField(entry);
    errors.push({ index, field, identifier: sentString(entry, field), reason });
  };
  const candidates: Candidate[] = [];
  const named = validate(batch, candidates, skip);
  const known = await contacts.find(batch.orgId, named, options);
  const items = new Map<string, Item>();
  const touched = new Set<string>();
  let imported = 0;
  for (const { index, identityId, item } of candidates) {
    const found = known.get(identityId);
    if (found === undefined) {
      skip(index, 'Contact not found');
      continue;
    }
    imported++;
    touched.add(found.contactId);
    // Duplicates have the same key; the last one is stored, as it may correct the others.
    items.set(`${identityId}${item['sk']?.S}`, item);
  }
  errors.sort((a, b) => a.index - b.index);
  return { items: [...items.values()], imported, touched, errors };
};

/** The ids of identities, by namespace and by value as it is shown. */
type IdentityIds = Readonly<Record<Namespace, Map<string, string>>>;

/** Entries between two turns of the event loop, a few ms of work; look-ups of contacts proceed in these turns. */
const ENTRIES_PER_TURN = 500;

/**
 * Checks all rules that need no look-up.
 *
 * @param candidates - the array to which valid entries are added
 * @param skip - called for every invalid entry
 * @returns the ids of the entries' identities, each once, in groups, while validation continues
 */
async function* validate(
  { orgId, kind, entries, receivedAt }: EventBatch,
  candidates: Candidate[],
  skip: (index: number, reason: string) => void,
): AsyncGenerator<readonly string[]> {
  const parse = entryParser(kind, receivedAt);
  // A batch often has many entries of few contacts: each value is hashed once, and each identity is looked up once.
  const ids = Object.fromEntries(NAMESPACES.map((namespace) => [namespace, new Map()])) as IdentityIds;
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
    const { namespace, shown, event } = outcome;
    let identityId = ids[namespace].get(shown);
    if (identityId === undefined) {
      identityId = identityIdOf(orgId, { namespace, value: identityValue(namespace, shown) });
      ids[namespace].set(shown, identityId);
      if (!named.has(identityId)) fresh.push(identityId);
      named.add(identityId);
    }
    const item = toEventItem(orgId, identityId, event);
    if (isTooLarge(item)) {
      skip(index, EVENT_TOO_LARGE);
      continue;
    }
    candidates.push({ index, identityId, item });
  }
  yield fresh;
}
