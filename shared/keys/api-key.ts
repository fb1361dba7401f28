import { hash, randomBytes } from 'node:crypto';

/** Marks a secret of this service, for people and for scanners of leaked secrets. */
export const KEY_PREFIX = 'pp_';

/** What is shown of a key after it was made: enough to tell it from others, nothing to guess the rest from. */
const SHOWN_CHARACTERS = 8;

/** 256 bits in base64url. */
const API_KEY = /^pp_[\w-]{43}$/;

/** A new API key; it exists in this one place until it is handed over. */
export const newApiKey = (random: (bytes: number) => Buffer = randomBytes): string =>
  `${KEY_PREFIX}${random(32).toString('base64url')}`;

/** Whether a text can be a key at all, so that nonsense is refused without a look-up. */
export const isApiKey = (text: string): boolean => API_KEY.test(text);

/** What is stored of a key. A plain hash will do: the key is random, there is no dictionary to try. */
export const apiKeyDigest = (apiKey: string): string => hash('sha256', apiKey, 'hex');

/** The beginning of a key, for lists. */
export const shownPrefix = (apiKey: string): string => apiKey.slice(0, SHOWN_CHARACTERS);

/** A new organisation's id: `o_` and 50 random bits, short since every row carries it. */
export const newOrgId = (random: (bytes: number) => Buffer = randomBytes): string => {
  const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789';
  return `o_${Array.from(random(10), (byte) => alphabet[byte % 32]).join('')}`;
};
