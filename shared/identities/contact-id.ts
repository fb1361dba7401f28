import { hash } from 'node:crypto';
import { emailKey } from './email.ts';

/** 96 bits: among a thousand million contacts of one organisation two meet with a chance of one in 10^11. */
const ID_BYTES = 12;

/** `c_` and the id's bytes in base64url. */
export const CONTACT_ID = /^c_[\w-]{16}$/;

/**
 * The id of the contact that an organisation's email address creates.
 *
 * It is derived, not drawn: two calls that race to create the same address meet at the same key, and an import
 * knows the keys to look up without an index. It says nothing about the address to one who does not know it.
 */
export const contactIdOf = (orgId: string, email: string): string =>
  `c_${hash('sha256', `${orgId}\n${emailKey(email)}`, 'buffer').toString('base64url', 0, ID_BYTES)}`;

/** Contact ids as bytes, one after the other, 12 each: a tenth of what they take as a list of strings. */
export const packContactIds = (ids: Iterable<string>): Uint8Array =>
  Buffer.concat([...ids].map((id) => Buffer.from(id.slice(2), 'base64url')));

/** The contact ids of {@link packContactIds}. */
export const unpackContactIds = (packed: Uint8Array): string[] => {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const ids: string[] = [];
  for (let at = 0; at < bytes.length; at += ID_BYTES) {
    ids.push(`c_${bytes.toString('base64url', at, at + ID_BYTES)}`);
  }
  return ids;
};
