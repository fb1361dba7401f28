import pMap from 'p-map';
import type { CompanyTraits } from '../companies/company-state.ts';
import type { CompanyStore } from '../companies/company-store.ts';
import type { EventWriter } from '../events/event-store.ts';
import { MAX_IDENTITIES } from '../identities/identity.ts';
import type { IdentityStore } from '../identities/identity-store.ts';
import type { LinkOutcome } from '../linking/draft.ts';
import type { Linker, LinkOptions } from '../linking/linker.ts';
import type { Merge } from '../linking/merge.ts';
import type { NamedIdentity, PersonMessage } from '../linking/message.ts';
import type { Obstacle } from '../linking/rules.ts';
import type { CompanyChange } from './history-message.ts';
import { isStatement, nameOnly, type PreparedMessage, personMessage, timeOf } from './prepared-message.ts';
import { putEvents } from './put-events.ts';

/** The stores that messages are written to. */
export interface MessageStores {
  readonly identities: Pick<IdentityStore, 'find'>;
  readonly link: Linker;
  readonly merge: Merge;
  readonly companies: Pick<CompanyStore, 'addMembers' | 'change'>;
  readonly events: EventWriter;
}

/** What became of a message; undefined if it could not be stored in time. */
export type MessageOutcome = LinkOutcome | { readonly kind: 'company-only' } | undefined;

/** What became of messages. */
export interface StoredOutcomes {
  readonly outcomes: readonly MessageOutcome[];
  /** Contacts that others have become one with: they must be refreshed. */
  readonly merged: ReadonlySet<string>;
  /** Companies that may look different now: their members must be refreshed. */
  readonly changedCompanies: ReadonlySet<string>;
}

/** The options of {@link storeMessages}. */
export interface StoreOptions extends LinkOptions {
  /** Whether an earlier attempt at the same messages was interrupted. @default false */
  readonly isRepeated?: boolean;
}

const NOT_FOUND: LinkOutcome = { kind: 'rejected', reason: 'Contact not found' };

const CANNOT_MERGE: Readonly<Record<Obstacle, string>> = {
  too_many_identities: `The contacts have more than ${MAX_IDENTITIES} identities together`,
  contact_too_large: 'The contacts have more attributes together than a contact can have',
};

/** Positions of messages that are still to be stored, and what became of the others. */
class Progress {
  readonly outcomes: MessageOutcome[];
  private readonly open: Set<number>;

  constructor(count: number) {
    this.outcomes = new Array<MessageOutcome>(count).fill(undefined);
    this.open = new Set(this.outcomes.keys());
  }

  /** Whether a message has neither been refused nor run out of time. */
  isOpen(at: number): boolean {
    return this.open.has(at);
  }

  /** Ends the work on a message; without an outcome, it is not stored in time. */
  end(at: number, outcome?: MessageOutcome): void {
    this.outcomes[at] = outcome;
    this.open.delete(at);
  }
}

/**
 * Stores messages: companies first, then who people are, then what happened. Each step is safe to repeat, so a message that is
 * left can be stored again as a whole.
 */
export const storeMessages = async (
  stores: MessageStores,
  orgId: string,
  prepared: readonly PreparedMessage[],
  options: StoreOptions,
): Promise<StoredOutcomes> => {
  const progress = new Progress(prepared.length);
  const known = await knownContacts(stores, orgId, prepared, options);
  refuseMissing(prepared, known, progress);
  const changedCompanies = await storeCompanies(stores, orgId, prepared, progress, options);
  const merged = await storePeople(stores, orgId, prepared, known, progress, options);
  for (const id of await mergeAbsorbed(stores, orgId, prepared, known, progress, options)) merged.add(id);
  await storeEvents(stores, prepared, progress, options);
  return { outcomes: progress.outcomes, merged, changedCompanies };
};

/** The contacts that identities belong to, by id. */
type KnownContacts = Awaited<ReturnType<IdentityStore['find']>>;

const knownContacts = async (
  { identities }: MessageStores,
  orgId: string,
  prepared: readonly PreparedMessage[],
  options: LinkOptions,
): Promise<KnownContacts> => {
  const ids = new Set(prepared.flatMap((each) => [...each.identities, ...each.absorbed].map(({ id }) => id)));
  return ids.size === 0 ? new Map() : identities.find(orgId, [...ids], options);
};

/** Whether identities are known to belong to one contact. */
const areOne = (known: KnownContacts, identities: readonly NamedIdentity[]): boolean => {
  const [first, ...others] = identities.map(({ id }) => known.get(id)?.contactId);
  return first !== undefined && others.every((contactId) => contactId === first);
};

/** Refuses messages that must not create a contact, unless the person has one, or gets one by another message. */
const refuseMissing = (
  prepared: readonly PreparedMessage[],
  known: KnownContacts,
  progress: Progress,
): void => {
  const created = new Set<string>();
  for (const { message, identities } of prepared) {
    if (message.mustExist !== true) for (const { id } of identities) created.add(id);
  }
  for (const [at, { message, identities }] of prepared.entries()) {
    if (message.mustExist !== true) continue;
    if (!identities.some(({ id }) => known.has(id) || created.has(id))) progress.end(at, NOT_FOUND);
  }
};

const storeCompanies = async (
  { companies }: MessageStores,
  orgId: string,
  prepared: readonly PreparedMessage[],
  progress: Progress,
  options: StoreOptions,
): Promise<ReadonlySet<string>> => {
  const positions = [...prepared.keys()].filter(
    (at) => progress.isOpen(at) && prepared[at]?.message.company !== undefined,
  );
  if (positions.length === 0) return new Set();
  const changes = positions.map((at): CompanyTraits => {
    const { message } = prepared[at] as PreparedMessage;
    const { groupId, traits } = message.company as CompanyChange;
    return { groupId, traits, time: timeOf(message) };
  });
  const { outcomes, changed } = await companies.change(orgId, changes, options);
  for (const [nth, at] of positions.entries()) {
    const outcome = outcomes[nth];
    if (outcome?.kind !== 'stored') progress.end(at, outcome);
    else if (prepared[at]?.identities.length === 0) progress.end(at, { kind: 'company-only' });
  }
  // Before the contacts say that they belong to the company: a list of members is read from these rows.
  const rows = positions.flatMap((at) => {
    const { message, identities } = prepared[at] as PreparedMessage;
    const [strongest] = identities;
    if (!progress.isOpen(at) || message.company?.isMember !== true || strongest === undefined) return [];
    return [{ groupId: message.company.groupId, identityId: strongest.id }];
  });
  if (rows.length > 0) await companies.addMembers(orgId, rows, options);
  return changed;
};

/**
 * Creates, links and changes the contacts of people. A message of identities that are known to belong to one contact, and that
 * says nothing else about the person, needs no write.
 */
const storePeople = async (
  { link }: MessageStores,
  orgId: string,
  prepared: readonly PreparedMessage[],
  known: KnownContacts,
  progress: Progress,
  options: LinkOptions,
): Promise<Set<string>> => {
  const messages: PersonMessage[] = [];
  const positions: number[] = [];
  for (const [at, { message, identities }] of prepared.entries()) {
    const [strongest, ...others] = identities;
    if (!progress.isOpen(at) || strongest === undefined) continue;
    const contactId = known.get(strongest.id)?.contactId;
    if (contactId !== undefined && areOne(known, identities) && !isStatement(message)) {
      progress.outcomes[at] = { kind: 'stored', contactId, created: false, notLinked: [] };
      continue;
    }
    messages.push(personMessage(message, [strongest, ...others]));
    positions.push(at);
  }
  if (messages.length === 0) return new Set();
  const { outcomes, merged } = await link(orgId, messages, options);
  for (const [nth, at] of positions.entries()) {
    const outcome = outcomes[nth];
    if (outcome?.kind === 'stored') progress.outcomes[at] = outcome;
    else progress.end(at, outcome);
  }
  return new Set(merged);
};

/** The number of explicit merges at the same time: each reads and writes a few items of its own contacts. */
const MERGES = 8;

/**
 * Makes contacts one. Those that do not exist are created, so that it does not matter whether the merge or what it merges arrives
 * first.
 */
const mergeAbsorbed = async (
  { link, merge }: MessageStores,
  orgId: string,
  prepared: readonly PreparedMessage[],
  known: KnownContacts,
  progress: Progress,
  options: LinkOptions,
): Promise<readonly string[]> => {
  const merges = [...prepared.entries()].flatMap(
    ([
      at,
      {
        identities: [strongest],
        absorbed,
      },
    ]) => {
      const isDone =
        strongest === undefined || absorbed.length === 0 || areOne(known, [strongest, ...absorbed]);
      return isDone || !progress.isOpen(at) ? [] : [{ at, into: strongest.id, absorbed }];
    },
  );
  if (merges.length === 0) return [];
  const strangers = new Map(
    merges.flatMap(({ absorbed }) => absorbed.map((identity) => [identity.id, identity])),
  );
  for (const id of known.keys()) strangers.delete(id);
  const { outcomes } = await link(orgId, [...strangers.values()].map(nameOnly), options);
  const missing = new Set([...strangers.keys()].filter((_id, nth) => outcomes[nth] === undefined));

  const merged: string[] = [];
  const mergeInto = async ({ at, into, absorbed }: (typeof merges)[number]): Promise<void> => {
    for (const { id } of absorbed) {
      if (missing.has(id)) return progress.end(at);
      const outcome = await merge(orgId, id, into, options);
      if (outcome.kind === 'impossible') {
        return progress.end(at, { kind: 'rejected', reason: CANNOT_MERGE[outcome.reason] });
      }
      if (outcome.kind === 'one' && outcome.merged) merged.push(outcome.contactId);
    }
  };
  await pMap(merges, mergeInto, { concurrency: MERGES });
  return merged;
};

const storeEvents = async (
  { events }: MessageStores,
  prepared: readonly PreparedMessage[],
  progress: Progress,
  options: LinkOptions,
): Promise<void> => {
  const items = prepared.map(({ item }, at) => (progress.isOpen(at) ? item : undefined));
  const isStored = await putEvents(events, items, options);
  for (const at of items.keys()) if (!isStored[at]) progress.end(at);
};
