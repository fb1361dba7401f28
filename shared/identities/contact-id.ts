import { hash } from 'node:crypto';
import { emailKey } from './email.ts';
import { emailIdentity, type Identity } from './identity.ts';

/** 96 bits: among a billion (10^9) contacts of one organisation, the probability of a collision is one in 10^11. */
const ID_BYTES = 12;

/** The form of a contact's or an identity's id: `c_` and its bytes in base64url. */
export const CONTACT_ID = /^c_[\w-]{16}$/;

/**
 * The id of an identity: `c_` and 96 bits of a hash of the organisation, the namespace and the value. It is derived rather
 * than random: concurrent calls that create the same identity use the same key, and an import computes the keys to look
 * up without an index. A contact's id is the id of the identity with which it was created.
 *
 * The id of an email address is derived without its namespace, as it was when addresses were the only identities. It
 * equals no other id: an address has no line break, so the hashed texts always differ.
 */
export const identityIdOf = (orgId: string, { namespace, value }: Identity): string => {
  const text = namespace === 'email' ? emailKey(value) : `${namespace}\n${value}`;
  return `c_${hash('sha256', `${orgId}\n${text}`, 'buffer').toString('base64url', 0, ID_BYTES)}`;
};

/** The id of the identity that is this email address. */
export const contactIdOf = (orgId: string, email: string): string =>
  identityIdOf(orgId, emailIdentity(email));

/** Concatenates contact ids as 12 bytes each: a tenth of the size of a list of strings. */
export const packContactIds = (ids: Iterable<string>): Uint8Array =>
  Buffer.concat([...ids].map((id) => Buffer.from(id.slice(2), 'base64url')));

/** Returns the contact ids that {@link packContactIds} packed. */
export const unpackContactIds = (packed: Uint8Array): string[] => {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const ids: string[] = [];
  for (let at = 0; at < bytes.length; at += ID_BYTES) {
    ids.push(`c_${bytes.toString('base64url', at, at + ID_BYTES)}`);
  }
  return ids;
};
