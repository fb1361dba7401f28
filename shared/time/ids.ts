import { ulid } from 'ulid';
import type { Clock } from './clock.ts';

/** The prefixes of this service's ids: imports, rebuilds of charts, refreshes, segments. */
export type IdPrefix = 'imp' | 'reb' | 'ref' | 'seg';

/** A new id. Ids are ULIDs behind a prefix, so keys made of them sort by creation time. */
export const newId = (prefix: IdPrefix, now: Clock): string => `${prefix}_${ulid(now())}`;

/** A ULID: 26 characters of Crockford's base 32. */
const ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/;

/** Whether a text has the form of such an id; anything else need not be looked up. */
export const isId = (prefix: IdPrefix, text: string | undefined): text is string =>
  text?.startsWith(`${prefix}_`) === true && ULID.test(text.slice(prefix.length + 1));
