import type { Budgeted } from '../aws/dynamodb.ts';
import { type Contact, contactOf } from '../contacts/contact-item.ts';
import type { ContactState } from '../contacts/contact-state.ts';
import type { ContactStore } from '../contacts/contact-store.ts';
import type { IdentityStore } from '../identities/identity-store.ts';
import type { ShardedPage } from '../identities/shard-pages.ts';
import type { ShardPosition } from '../identities/shards.ts';
import type { CompanyStore } from './company-store.ts';

/** A member of a company. */
export interface CompanyMember {
  readonly contact: Contact;
  /** The id of the identity by whose row it is listed. */
  readonly identityId: string;
}

/** How often identities are looked up whose contacts are merged into others at the same time. */
const LOOK_UPS = 3;

/** The stores that members are read from. */
export interface MembersDeps {
  readonly companies: Pick<CompanyStore, 'members'>;
  readonly identities: Pick<IdentityStore, 'find'>;
  readonly contacts: Pick<ContactStore, 'states'>;
}

/**
 * Creates a function that reads a page of the members of a company. A row says that an identity was once sent as a member; the
 * identity's contact says whether it still is one, and by which of its identities: so a contact is listed once, at the row of
 * that identity, whatever has been merged into it. A page may therefore be shorter than `limit`, or empty, although it is not
 * the last one.
 */
export const createMembersOf = ({ companies, identities, contacts }: MembersDeps) => {
  /** The contacts to which identities belong, by the identity's id. */
  const ownersOf = async (
    orgId: string,
    ids: readonly string[],
    options: Budgeted,
  ): Promise<ReadonlyMap<string, ContactState>> => {
    const owners = new Map<string, ContactState>();
    let left = ids;
    for (let nth = 1; left.length > 0 && nth <= LOOK_UPS; nth += 1) {
      const found = await identities.find(orgId, left, options);
      const contactIds = new Set([...found.values()].map(({ contactId }) => contactId));
      const states = await contacts.states(orgId, contactIds, options);
      const stateOf = new Map(states.map((state) => [state.contactId, state]));
      for (const [id, { contactId }] of found) {
        const state = stateOf.get(contactId);
        if (state !== undefined) owners.set(id, state);
      }
      // A contact that is not there has become one with another one after the look-up.
      left = [...found.keys()].filter((id) => !owners.has(id));
    }
    return owners;
  };

  return async (
    orgId: string,
    groupId: string,
    limit: number,
    from: ShardPosition,
    options: Budgeted,
  ): Promise<ShardedPage<CompanyMember>> => {
    const { items: ids, next } = await companies.members(orgId, groupId, limit, from, options.budget);
    if (ids.length === 0) return { items: [], next };
    const owners = await ownersOf(orgId, ids, options);
    const items = ids.flatMap((identityId): CompanyMember[] => {
      const state = owners.get(identityId);
      const isListed = state?.companies.get(groupId)?.text === JSON.stringify(identityId);
      return state === undefined || !isListed ? [] : [{ contact: contactOf(state), identityId }];
    });
    return { items, next };
  };
};
