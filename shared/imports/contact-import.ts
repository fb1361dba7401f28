import * as v from 'valibot';
import { type ContactEntry, contactFields } from '../contacts/contact-schemas.ts';
import { contactIdOf } from '../identities/contact-id.ts';
import { isJsonObject } from '../json/lossless-json.ts';
import type { ContactWriter, UpsertOutcome } from './contact-writer.ts';
import { beginImport, finishImport, type ImportBatch, type ImportRunDeps } from './import-run.ts';
import { type EntryError, type ImportOutcome, type Stored, sentString } from './outcome.ts';

/** The dependencies of the import of contacts. */
export interface ContactImporterDeps extends ImportRunDeps {
  readonly contacts: ContactWriter;
}

/** The contact of a stored entry. */
export interface ImportedContact {
  /** The entry's position in its batch, from 0. */
  readonly index: number;
  readonly contactId: string;
  /** Whether the entry created the contact; of several entries of a new contact, this is the first. */
  readonly created: boolean;
}

/** The stored entries of a batch of contacts. */
export interface StoredContacts extends Stored {
  /** One for each stored entry, in the order of the batch. */
  readonly contacts: readonly ImportedContact[];
}

/** Creates or updates the contacts of a batch by email; the outcome lists refused entries by index, with reasons. */
export type ContactImporter = (batch: ImportBatch) => Promise<ImportOutcome<StoredContacts>>;

/**
 * Creates the import of contacts for all transports: it validates the entries, merges those of one contact, writes a
 * receipt, stores the contacts and closes the receipt.
 */
export const createContactImporter =
  (deps: ContactImporterDeps): ContactImporter =>
  // Not async, and without a closure over the batch: either would keep the entries in memory while contacts are stored.
  (batch) => {
    const run = beginImport(batch);
    const { orgId, receivedAt: now, budget } = batch;
    const call = { importId: run.receipt.id, now };
    const options = { budget: budget.work, onRetry: run.onRetry };
    return finishImport(deps, run, prepareContacts(batch), async ({ candidates, errors }) => {
      const entries = new Map([...candidates].map(([contactId, { entry }]) => [contactId, entry]));
      const outcomes = await deps.contacts.upsert(orgId, entries, call, options);
      return storedContacts(candidates, errors, outcomes);
    });
  };

/** A contact of the batch, with its entries merged into one. */
interface Candidate {
  /** The contact's entries, as errors identify them. */
  readonly sent: Omit<EntryError, 'reason'>[];
  entry: ContactEntry;
}

/** Contacts that are ready to be stored. */
interface PreparedContacts {
  /** By contact id. */
  readonly candidates: ReadonlyMap<string, Candidate>;
  readonly touched: ReadonlySet<string>;
  readonly errors: readonly EntryError[];
}

const prepareContacts = async ({ orgId, entries, receivedAt }: ImportBatch): Promise<PreparedContacts> => {
  const fields = contactFields(receivedAt);
  const candidates = new Map<string, Candidate>();
  const errors: EntryError[] = [];
  for (const [index, sent] of entries.entries()) {
    const identifier = sentString(sent, 'email');
    if (!isJsonObject(sent)) {
      errors.push({ index, identifier, reason: 'Contact must be an object' });
      continue;
    }
    const result = v.safeParse(fields, sent, { abortEarly: true, abortPipeEarly: true });
    if (!result.success) {
      errors.push({ index, identifier, reason: result.issues[0].message });
      continue;
    }
    const entry = result.output;
    const contactId = contactIdOf(orgId, entry.email);
    const earlier = candidates.get(contactId);
    if (earlier === undefined) candidates.set(contactId, { sent: [{ index, identifier }], entry });
    else {
      earlier.sent.push({ index, identifier });
      earlier.entry = merged(earlier.entry, entry);
    }
  }
  return { candidates, touched: new Set(candidates.keys()), errors };
};

/**
 * Merges two entries of one contact, in the order in which they were sent: each field of the later entry takes
 * precedence.
 */
const merged = (earlier: ContactEntry, later: ContactEntry): ContactEntry => ({
  email: later.email,
  externalId: later.externalId ?? earlier.externalId,
  createdAt: later.createdAt ?? earlier.createdAt,
  attributes: new Map([...(earlier.attributes ?? []), ...(later.attributes ?? [])]),
});

/** Assigns each entry the outcome of its contact; a contact without an outcome was not stored in time. */
const storedContacts = (
  candidates: ReadonlyMap<string, Candidate>,
  invalid: readonly EntryError[],
  outcomes: ReadonlyMap<string, UpsertOutcome>,
): StoredContacts => {
  const errors = [...invalid];
  const contacts: ImportedContact[] = [];
  let left = 0;
  for (const [contactId, { sent }] of candidates) {
    const outcome = outcomes.get(contactId);
    for (const [nth, entry] of sent.entries()) {
      if (outcome === undefined) left++;
      else if (outcome.kind === 'rejected') errors.push({ ...entry, reason: outcome.reason });
      else contacts.push({ index: entry.index, contactId, created: outcome.created && nth === 0 });
    }
  }
  contacts.sort((a, b) => a.index - b.index);
  errors.sort((a, b) => a.index - b.index);
  return { imported: contacts.length, left, errors, contacts };
};
