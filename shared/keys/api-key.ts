import { hash, randomBytes } from 'node:crypto';

/** Marks a secret of this service, for people and for secret scanners. */
export const KEY_PREFIX = 'pp_';

/** How much of a key is shown after its creation: enough to tell it from others, too little to guess the rest. */
const SHOWN_CHARACTERS = 8;

/** 256 bits in base64url. */
const API_KEY = /^pp_[\w-]{43}$/;

/** A new API key. Only its digest is ever stored. */
export const newApiKey = (random: (bytes: number) => Buffer = randomBytes): string =>
  `${KEY_PREFIX}${random(32).toString('base64url')}`;

/** Whether a text has the form of a key; anything else is refused without a look-up. */
export const isApiKey = (text: string): boolean => API_KEY.test(text);

/** What is stored of a key. A plain hash is enough: the key is random, so there is no dictionary to try. */
export const apiKeyDigest = (apiKey: string): string => hash('sha256', apiKey, 'hex');

/** The first characters of a key, shown in lists. */
export const shownPrefix = (apiKey: string): string => apiKey.slice(0, SHOWN_CHARACTERS);

/** A new organisation's id: `o_` and 50 random bits; short, since every row contains it. */
export const newOrgId = (random: (bytes: number) => Buffer = randomBytes): string => {
  const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789';
  return `o_${Array.from(random(10), (byte) => alphabet[byte % 32]).join('')}`;
};
