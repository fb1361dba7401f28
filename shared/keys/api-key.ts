import { hash, randomBytes } from 'node:crypto';

/** The prefix that marks a key of this service, for people and for secret scanners. */
export const KEY_PREFIX = 'pp_';

/** The characters of a key that are shown after its creation: enough to distinguish keys, too few to guess one. */
const SHOWN_CHARACTERS = 8;

/** 256 bits in base64url. */
const API_KEY = /^pp_[\w-]{43}$/;

/** Creates an API key. Only its digest is ever stored. */
export const newApiKey = (random: (bytes: number) => Buffer = randomBytes): string =>
  `${KEY_PREFIX}${random(32).toString('base64url')}`;

/** Whether a text has the form of an API key; anything else is refused without a look-up. */
export const isApiKey = (text: string): boolean => API_KEY.test(text);

/**
 * The digest that is stored instead of a key. A plain hash suffices: keys are random, so no dictionary contains them.
 */
export const apiKeyDigest = (apiKey: string): string => hash('sha256', apiKey, 'hex');

/** The first characters of a key, shown in lists. */
export const shownPrefix = (apiKey: string): string => apiKey.slice(0, SHOWN_CHARACTERS);

/** Creates an organisation's id: `o_` and 50 random bits. It is short because every row contains it. */
export const newOrgId = (random: (bytes: number) => Buffer = randomBytes): string => {
  const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789';
  return `o_${Array.from(random(10), (byte) => alphabet[byte % 32]).join('')}`;
};
