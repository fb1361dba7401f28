import type { Item } from '../aws/dynamodb.ts';
import { type ContactEntry, contactParser, firstNameField, namesOf } from '../contacts/contact-schemas.ts';
import { toEventItem } from '../events/event-item.ts';
import type { EventWriter } from '../events/event-store.ts';
import { objectText } from '../json/lossless-json.ts';
import type { LinkOutcome } from '../linking/draft.ts';
import type { Linker, LinkOptions } from '../linking/linker.ts';
import { namedIdentities, type PersonMessage } from '../linking/message.ts';
import type { NotLinked } from '../linking/rules.ts';
import { beginImport, finishImport, type ImportBatch, type ImportRunDeps } from './import-run.ts';
import { type EntryError, type ImportOutcome, type Stored, sentString } from './outcome.ts';
import { putEvents } from './put-events.ts';

/** The dependencies of the import of contacts. */
export interface ContactImporterDeps extends ImportRunDeps {
  readonly link: Linker;
  readonly events: EventWriter;
  /** Refreshes contacts that others have become one with. A failure is harmless: they are due as well. */
  readonly refresh: (orgId: string, contactIds: readonly string[]) => Promise<void>;
}

/** The contact of a stored entry. */
export interface ImportedContact {
  /** The entry's position in its batch, from 0. */
  readonly index: number;
  readonly contactId: string;
  /** Whether the entry created the contact; of several entries of a new contact, this is the first. */
  readonly created: boolean;
  /** The entry's identities that were not linked to the contact, with reasons; absent if there are none. */
  readonly notLinked?: readonly NotLinked[];
}

/** The stored entries of a batch of contacts. */
export interface StoredContacts extends Stored {
  /** One for each stored entry, in the order of the batch. */
  readonly contacts: readonly ImportedContact[];
}

/** Creates or updates the contacts of a batch; the outcome lists refused entries by index, with reasons. */
export type ContactImporter = (batch: ImportBatch) => Promise<ImportOutcome<StoredContacts>>;

/**
 * Creates the import of contacts for all transports: it validates the entries, writes a receipt, stores the contacts and
 * the events of dated changes, and closes the receipt.
 */
export const createContactImporter =
  (deps: ContactImporterDeps): ContactImporter =>
  // Not async, and without a closure over the batch: either would keep the entries in memory while contacts are stored.
  (batch) => {
    const run = beginImport(batch);
    const { orgId, receivedAt: now, budget } = batch;
    const options = { now, budget: budget.work, onRetry: run.onRetry };
    return finishImport(deps, run, prepareContacts(batch), async ({ candidates, errors }) => {
      const outcomes = await store(deps, orgId, candidates, options);
      return storedContacts(candidates, errors, outcomes);
    });
  };

/** A valid entry. */
interface Candidate extends Omit<EntryError, 'reason'> {
  readonly message: PersonMessage;
  /** Whether the entry says when it was true; then it is part of the contact's history. */
  readonly isDated: boolean;
}

/** Entries that are ready to be stored. */
interface PreparedContacts {
  readonly candidates: readonly Candidate[];
  readonly touched: ReadonlySet<string>;
  readonly errors: readonly EntryError[];
}

/**
 * The message of an entry. Without a time of its own, it is about the moment of arrival, and entries of a batch arrive one
 * after the other.
 */
const messageOf = (orgId: string, index: number, entry: ContactEntry, receivedAt: number): PersonMessage => ({
  identities: namedIdentities(orgId, namesOf(entry)),
  time: entry.updatedAt === undefined ? { at: receivedAt, nth: index } : { at: entry.updatedAt, nth: 0 },
  attributes: entry.attributes ?? new Map(),
  createdAt: entry.createdAt,
});

const prepareContacts = async ({ orgId, entries, receivedAt }: ImportBatch): Promise<PreparedContacts> => {
  const parse = contactParser(receivedAt);
  const candidates: Candidate[] = [];
  const errors: EntryError[] = [];
  for (const [index, sent] of entries.entries()) {
    const field = firstNameField(sent);
    const identifier = sentString(sent, field);
    const parsed = parse(sent);
    if (parsed.kind === 'invalid') {
      errors.push({ index, field, identifier, reason: parsed.reason });
      continue;
    }
    const { entry } = parsed;
    const message = messageOf(orgId, index, entry, receivedAt);
    candidates.push({ index, field, identifier, message, isDated: entry.updatedAt !== undefined });
  }
  // An identity's id is as good as the contact's, which is not known yet. An entry counts for the contact of its strongest.
  return { candidates, touched: new Set(candidates.map(({ message }) => message.identities[0].id)), errors };
};

/** The outcome of storing an entry; undefined if it was not stored in time. */
type Outcomes = readonly (LinkOutcome | undefined)[];

const store = async (
  { link, events, refresh }: ContactImporterDeps,
  orgId: string,
  candidates: readonly Candidate[],
  options: LinkOptions,
): Promise<Outcomes> => {
  const messages = candidates.map(({ message }) => message);
  const { outcomes, merged } = await link(orgId, messages, options);
  if (merged.size > 0) await refresh(orgId, [...merged]);
  const items = candidates.map(({ message, isDated }, at) =>
    isDated && message.attributes.size > 0 && outcomes[at]?.kind === 'stored'
      ? profileEvent(orgId, message)
      : undefined,
  );
  const isStored = await putEvents(events, items, options);
  return outcomes.map((outcome, at) => (isStored[at] ? outcome : undefined));
};

/**
 * The event of a dated change: even if a later one is kept, what was true then stands in the timeline. Source: product
 * specification, "Attributes in true order".
 */
const profileEvent = (orgId: string, { identities, time, attributes }: PersonMessage): Item =>
  toEventItem(orgId, identities[0].id, {
    kind: 'profile',
    type: 'updated',
    occurredAt: time.at,
    metadata: objectText(attributes),
  });

/** The result of a batch, by the outcome of each entry. */
const storedContacts = (
  candidates: readonly Candidate[],
  invalid: readonly EntryError[],
  outcomes: Outcomes,
): StoredContacts => {
  const errors = [...invalid];
  const contacts: ImportedContact[] = [];
  let left = 0;
  for (const [at, { index, field, identifier }] of candidates.entries()) {
    const outcome = outcomes[at];
    if (outcome === undefined) left++;
    else if (outcome.kind === 'rejected') errors.push({ index, field, identifier, reason: outcome.reason });
    else {
      const { contactId, created, notLinked } = outcome;
      contacts.push({ index, contactId, created, ...(notLinked.length > 0 && { notLinked }) });
    }
  }
  errors.sort((a, b) => a.index - b.index);
  return { imported: contacts.length, left, errors, contacts };
};
