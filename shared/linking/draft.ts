import { MAX_ACTIONS } from '../aws/dynamodb.ts';
import {
  type ContactChange,
  type ContactState,
  changeContact,
  type LinkedIdentity,
  mergeContacts,
  stateBytes,
} from '../contacts/contact-state.ts';
import { changedAt, timedBytes } from '../contacts/timed.ts';
import { changedFields, type NamedIdentity, type PersonMessage } from './message.ts';
import { type Directory, type NotLinked, type Resolution, resolve } from './rules.ts';

/** What became of a message. */
export type LinkOutcome =
  | {
      readonly kind: 'stored';
      /** The contact that the message counts for. */
      readonly contactId: string;
      /** Whether the message created the contact. */
      readonly created: boolean;
      readonly notLinked: readonly NotLinked[];
    }
  | { readonly kind: 'rejected'; readonly reason: string };

/** A changed contact, to be written in one transaction. */
export interface ContactWrite {
  /** The contact as it is stored; undefined if it is new. */
  readonly before: ContactState | undefined;
  readonly after: ContactState;
  /** Stored contacts that become one with it; their identities are among those of `after`. */
  readonly absorbed: readonly ContactState[];
}

/**
 * The maximum size of the attributes that imports give a contact, with its companies and its devices: far below DynamoDB's
 * 400 KB, since refreshes and lists read many contacts at once. A contact whose attributes are larger, as two have become one, still gets identities and
 * smaller values.
 */
const MAX_ATTRIBUTES_BYTES = 128 * 1024;

/**
 * The maximum size of the contacts of a transaction, in bytes. DynamoDB's limit is 4 MB for all items of a transaction; a
 * third of it leaves room for keys and conditions, and for engines that count the request's JSON, where a character takes up
 * to three times its UTF-8 bytes.
 */
export const MAX_TRANSACTION_BYTES = 1_300_000;

/** The size of what {@link MAX_ATTRIBUTES_BYTES} limits. */
const saidBytes = ({ attributes, companies, devices }: ContactChange): number =>
  timedBytes(attributes) + timedBytes(companies) + timedBytes(devices);

/** Contacts under change: messages are applied to it, and the result is written at once. */
export interface Draft {
  /**
   * Applies a message.
   * @returns undefined if the transaction has no room for it. If the draft was empty, as much of the message as fits is
   * applied: some of its contacts have become one, and the message must be applied again after this is written
   */
  apply(message: PersonMessage): LinkOutcome | undefined;
  /** The contact that an identity belongs to, as the draft has it. */
  ownerOf(identityId: string): ContactState | undefined;
  /** Makes two contacts of the draft one, whatever the rules say. @returns the contact that they become */
  join(into: ContactState, from: ContactState): ContactState;
  /** The changed contacts. */
  writes(): ContactWrite[];
}

const newContact = ({ id }: NamedIdentity, now: number): ContactState => ({
  contactId: id,
  version: 0,
  identities: new Map(),
  fields: new Map(),
  attributes: new Map(),
  companies: new Map(),
  devices: new Map(),
  createdAt: now,
  updatedAt: now,
});

/** A new contact has the id of its address if it has one, as it did when contacts had nothing else; or else of the strongest. */
const namesake = (linked: Resolution['linked']): NamedIdentity =>
  linked.find(({ namespace }) => namespace === 'email') ?? (linked[0] as NamedIdentity);

/**
 * The actions that a message adds to the transaction at most: the contact, its standing and the item of its former only
 * identity, if nothing has changed them yet; the items of new identities; and for each contact that goes its item, its
 * standing and its identities.
 */
const actionsOf = (
  { contact, join, linked }: Resolution,
  directory: Directory,
  isTouched: boolean,
): number => {
  const fresh = linked.filter(({ id }) => directory.ownerOf(id) === undefined).length;
  const moved = join.reduce((sum, { identities }) => sum + identities.size + 2, 0);
  return (isTouched && contact !== undefined ? 0 : 3) + fresh + moved;
};

/**
 * Begins a draft.
 * @param stored - the contacts as they are stored, of all identities of all messages
 * @param now - the moment of the change, ms since 1970
 */
export const beginDraft = (stored: Directory, now: number): Draft => {
  const owners = new Map<string, string>();
  const states = new Map<string, ContactState>();
  const before = new Map<string, ContactState>();
  const absorbedBy = new Map<string, string>();
  // Bytes by contact.
  const sizes = new Map<string, number>();
  let actions = 0;
  let bytes = 0;

  const take = (contact: ContactState): void => {
    states.set(contact.contactId, contact);
    for (const id of contact.identities.keys()) owners.set(id, contact.contactId);
  };
  const directory: Directory = {
    ownerOf: (id) => {
      const contactId = owners.get(id);
      if (contactId !== undefined) return states.get(contactId);
      const contact = stored.ownerOf(id);
      if (contact === undefined) return undefined;
      before.set(contact.contactId, contact);
      take(contact);
      return contact;
    },
  };
  const join: Draft['join'] = (into, from) => {
    const merged = mergeContacts(into, from, now);
    states.delete(from.contactId);
    absorbedBy.set(from.contactId, into.contactId);
    take(merged);
    return merged;
  };
  const isChanged = (contact: ContactState): boolean => before.get(contact.contactId) !== contact;

  /** Counts the size of a contact. @returns false if the transaction has no room for it, unless it is the only one */
  const hasRoomFor = (contact: ContactState): boolean => {
    const { contactId } = contact;
    const size = stateBytes(contact);
    const others = bytes - (sizes.get(contactId) ?? 0);
    if (others > 0 && others + size > MAX_TRANSACTION_BYTES) return false;
    bytes = others + size;
    sizes.set(contactId, size);
    return true;
  };

  /** The contact that a message changes, and what it becomes. */
  const changeOf = (message: PersonMessage, { contact, join: joins, linked }: Resolution) => {
    const base = contact ?? newContact(namesake(linked), now);
    const merged = joins.reduce((into, from) => mergeContacts(into, from, now), base);
    const identities = linked.map(({ id, namespace, value }): [string, LinkedIdentity] => [
      id,
      { namespace, value, linkedAt: now },
    ]);
    const change = {
      identities: new Map(identities),
      fields: changedFields(message, linked),
      attributes: changedAt(message.attributes, message.time),
      companies: changedAt(message.companies ?? [], message.time),
      devices: changedAt(message.devices ?? [], message.time),
    };
    const after = changeContact(merged, change, now);
    const size = saidBytes(after);
    // Whatever was known before: a message that is too large on its own is refused, even if it changes nothing.
    const isTooLarge =
      saidBytes(change) > MAX_ATTRIBUTES_BYTES || (size > MAX_ATTRIBUTES_BYTES && size > saidBytes(merged));
    return { base, after, isTooLarge };
  };

  return {
    apply(message) {
      const resolution = resolve(message, directory);
      const { contact, join: joins, notLinked } = resolution;
      const { base, after, isTooLarge } = changeOf(message, resolution);
      if (isTooLarge) return { kind: 'rejected', reason: 'Contact is too large to store' };
      const { contactId } = after;
      const stored: LinkOutcome = { kind: 'stored', contactId, created: contact === undefined, notLinked };
      // Most messages of a batch that is sent again: they need no action.
      if (after === contact) return stored;
      const needs = actionsOf(resolution, directory, contact !== undefined && isChanged(contact));
      if (actions + needs <= MAX_ACTIONS) {
        if (!hasRoomFor(after)) return undefined;
        actions += needs;
        for (const from of joins) join(base, from);
        take(after);
        return stored;
      }
      // A message may name identities of several contacts, each with many of its own: two become one at a time.
      const [first] = joins;
      if (actions === 0 && contact !== undefined && first !== undefined) join(contact, first);
      return undefined;
    },

    ownerOf: directory.ownerOf,

    join,

    writes: () =>
      [...states.values()].filter(isChanged).map((after) => ({
        before: before.get(after.contactId),
        after,
        absorbed: [...before.values()].filter(({ contactId }) =>
          isAbsorbedBy(absorbedBy, contactId, after.contactId),
        ),
      })),
  };
};

/** Whether a contact has become one with another one, directly or through others. */
const isAbsorbedBy = (absorbedBy: ReadonlyMap<string, string>, contactId: string, into: string): boolean => {
  const next = absorbedBy.get(contactId);
  return next !== undefined && (next === into || isAbsorbedBy(absorbedBy, next, into));
};
