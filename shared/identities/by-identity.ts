import type { RetryBudget } from '../aws/retry.ts';
import { OutOfTimeError } from '../time/out-of-time.ts';
import type { Found } from './identity-item.ts';
import type { IdentityStore } from './identity-store.ts';

/** How often an identity is looked up whose contact is merged into another one at the same time. */
const LOOK_UPS = 3;

/** An identity of an organisation, and where to look it up. */
export interface IdentityLookUp {
  readonly identities: Pick<IdentityStore, 'find'>;
  readonly orgId: string;
  /** The id of an identity. */
  readonly id: string;
  /** The time for looking it up. */
  readonly budget: RetryBudget;
}

/** Finds the contact of an identity; undefined if the identity does not exist. */
export const findOne = async ({
  identities,
  orgId,
  id,
  budget,
}: IdentityLookUp): Promise<Found | undefined> => (await identities.find(orgId, [id], { budget })).get(id);

/**
 * Reads what is stored by the id of a contact, by the id of any of its identities. If nothing is stored, the contact was
 * merged into another one after it was looked up, and is looked up again.
 *
 * @param read - reads by the id of a contact; returns undefined if nothing is stored by this id
 * @param found - the contact of the identity, if it has just been looked up
 * @returns undefined if the identity does not exist
 * @throws OutOfTimeError if there is nothing each time, or the look-up takes too long
 */
export const readByIdentity = async <T>(
  lookUp: IdentityLookUp,
  read: (contactId: string) => Promise<T | undefined>,
  found?: Found,
): Promise<T | undefined> => {
  let contact = found;
  for (let nth = 1; nth <= LOOK_UPS; nth += 1) {
    contact ??= await findOne(lookUp);
    if (contact === undefined) return undefined;
    const value = await read(contact.contactId);
    if (value !== undefined) return value;
    contact = undefined;
  }
  throw new OutOfTimeError('The contact of an identity was not found under its id');
};
