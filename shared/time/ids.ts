import { ulid } from 'ulid';
import type { Clock } from './clock.ts';

/** Prefixes of ids: imports, rebuilds of charts, refreshes and segments. */
export type IdPrefix = 'imp' | 'reb' | 'ref' | 'seg';

/** Creates an id: a prefix and a ULID, so that keys which end in an id sort by creation time. */
export const newId = (prefix: IdPrefix, now: Clock): string => `${prefix}_${ulid(now())}`;

/** A ULID: 26 characters of Crockford's base 32. */
const ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/;

/** Whether a text has the form of an id with this prefix; anything else need not be looked up. */
export const isId = (prefix: IdPrefix, text: string | undefined): text is string =>
  text?.startsWith(`${prefix}_`) === true && ULID.test(text.slice(prefix.length + 1));
