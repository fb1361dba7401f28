import { type ContactState, mergeContacts, stateBytes } from '../contacts/contact-state.ts';
import { type Identity, MAX_IDENTITIES, type Namespace } from '../identities/identity.ts';
import type { NamedIdentity, PersonMessage } from './message.ts';

/** The reasons why an identity of a message is not linked. */
export const NOT_LINKED = ['identity_conflict', 'too_many_identities', 'contact_too_large'] as const;

/** Why an identity of a message was not linked to the message's contact. */
export interface NotLinked {
  readonly namespace: Namespace;
  /**
   * `identity_conflict`: it belongs to a contact that must not become one with the message's contact.
   * `too_many_identities`: the contact would have more than 100. `contact_too_large`: the two contacts are too large to
   * become one.
   */
  readonly reason: (typeof NOT_LINKED)[number];
  /** The contact that it belongs to; undefined if it belongs to none. */
  readonly contactId: string | undefined;
}

/** The contacts that a message is about, as they are known when it is processed. */
export interface Directory {
  /** The contact that an identity belongs to. */
  ownerOf(identityId: string): ContactState | undefined;
}

/** What a message says about who is who. */
export interface Resolution {
  /** The existing contact that the message counts for; undefined if it creates one. */
  readonly contact: ContactState | undefined;
  /** Contacts that become one with it, in this order. */
  readonly join: readonly ContactState[];
  /** The message's identities that belong to the contact afterwards, strongest first. */
  readonly linked: readonly NamedIdentity[];
  readonly notLinked: readonly NotLinked[];
}

/** The maximum size of a contact that two contacts become, in bytes, below DynamoDB's 400 KB. */
export const MAX_MERGED_BYTES = 300 * 1024;

/**
 * The most identities that a contact may bring when it becomes one with another one and gives up its own id: the item of
 * each is written in the transaction of the merge, which has at most 100 actions. As a contact has at most 100 identities,
 * the other contact can go instead.
 */
export const MAX_MOVED = 90;

/** The two contacts that become one: the first one stays, unless the second has too many identities to be moved. */
export const survivorFirst = (a: ContactState, b: ContactState): readonly [ContactState, ContactState] =>
  b.identities.size > MAX_MOVED ? [b, a] : [a, b];

const has = (identities: Iterable<Identity>, namespace: Namespace): boolean => {
  for (const identity of identities) if (identity.namespace === namespace) return true;
  return false;
};

/**
 * Whether two contacts may become one because a message names an identity of each. Identities belong to one contact
 * only, so what both have is different.
 *
 * Two user ids never become one: a browser or an address may be shared. Two addresses become one only through a user id
 * that the message names beside the address (a person whose address changed), not through a phone, social, lead or
 * anonymous id (a family's phone). Source: product specification, "Linking and merging".
 *
 * @param through - the namespace of the identity that belongs to `b`
 * @param strongest - the namespace of the strongest identity of the message, which belongs to `a`
 */
const mayJoin = (
  a: readonly Identity[],
  b: readonly Identity[],
  through: Namespace,
  strongest: Namespace,
): boolean => {
  if (has(a, 'userId') && has(b, 'userId')) return false;
  if (has(a, 'email') && has(b, 'email')) return strongest === 'userId' && through === 'email';
  return true;
};

/** Why two contacts cannot become one by any means. */
export type Obstacle = Exclude<NotLinked['reason'], 'identity_conflict'>;

/** What prevents two contacts from becoming one by any means; undefined if nothing does. */
export const obstacleOf = (a: ContactState, b: ContactState): Obstacle | undefined => {
  if (a.identities.size + b.identities.size > MAX_IDENTITIES) return 'too_many_identities';
  return stateBytes(mergeContacts(a, b, 0)) > MAX_MERGED_BYTES ? 'contact_too_large' : undefined;
};

/** What keeps an identity, with the contact that it belongs to, from being linked to what a message has put together. */
const reasonAgainst = (
  known: readonly Identity[],
  whole: ContactState | undefined,
  identity: Identity,
  owner: ContactState | undefined,
  strongest: Namespace,
): NotLinked['reason'] | undefined => {
  const added = owner === undefined ? [identity] : [...owner.identities.values()];
  if (!mayJoin(known, added, identity.namespace, strongest)) return 'identity_conflict';
  if (known.length + added.length > MAX_IDENTITIES) return 'too_many_identities';
  return owner && whole && obstacleOf(whole, owner);
};

/**
 * Decides what a message does to contacts. It counts for the contact of its strongest identity; every other identity is
 * linked to that contact, with the contact that it belongs to, unless a rule forbids it: then what came first is kept.
 */
export const resolve = ({ identities }: PersonMessage, directory: Directory): Resolution => {
  const [strongest, ...others] = identities;
  let contact = directory.ownerOf(strongest.id);
  // All that becomes one; and identities that belong to no contact yet.
  let whole = contact;
  let fresh: readonly Identity[] = contact === undefined ? [strongest] : [];
  const join: ContactState[] = [];
  const linked = [strongest];
  const notLinked: NotLinked[] = [];
  for (const identity of others) {
    if (whole?.identities.has(identity.id)) {
      linked.push(identity);
      continue;
    }
    const owner = directory.ownerOf(identity.id);
    const known = [...(whole?.identities.values() ?? []), ...fresh];
    const reason = reasonAgainst(known, whole, identity, owner, strongest.namespace);
    if (reason !== undefined) {
      notLinked.push({ namespace: identity.namespace, reason, contactId: owner?.contactId });
      continue;
    }
    linked.push(identity);
    if (owner === undefined) fresh = [...fresh, identity];
    else if (contact === undefined || whole === undefined) {
      contact = owner;
      whole = owner;
    } else {
      const [stays, goes] = survivorFirst(contact, owner);
      contact = stays;
      join.push(goes);
      whole = mergeContacts(whole, owner, 0);
    }
  }
  return { contact, join, linked, notLinked };
};
