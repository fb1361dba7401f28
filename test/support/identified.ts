import type { Identity } from '#shared/identities/identity.ts';
import type { TestOrg } from './api.ts';
import { CONTACT_IMPORT, importEntries } from './imports.ts';

/** An entry of a contact that names several of its identities. */
export interface IdentifiedContact {
  readonly email?: string;
  readonly externalId?: string;
  readonly phone?: string;
  readonly anonymousId?: string;
}

/**
 * Imports a contact with these identities; contacts that have some of them become one.
 * @returns the id of the contact
 */
export const importContact = async (org: TestOrg, contact: IdentifiedContact): Promise<string> => {
  const { body, text } = await importEntries(org, CONTACT_IMPORT, [contact]);
  const contactId = body?.contacts?.[0]?.contactId;
  if (contactId === undefined) throw new Error(`No contact: ${text}`);
  return contactId;
};

/** The query by which a contact is read by one of its identities. */
export const queryOf = ({ namespace, value }: Identity): string =>
  `/v1/contacts?${namespace}=${encodeURIComponent(value)}`;

/** The fields of an entry of events that name its contact by an identity. */
export const namedBy = ({ namespace, value }: Identity): Readonly<Record<string, unknown>> =>
  namespace === 'email' ? { contactEmail: value } : { contactEmail: undefined, [namespace]: value };
