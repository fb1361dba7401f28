import { ulid } from 'ulid';
import type { Clock } from './clock.ts';

/** What ids of this service begin with: imports, refreshes, segments. */
export type IdPrefix = 'imp' | 'ref' | 'seg';

/** A new id: it grows with time, so that keys made of it are in the order of creation. */
export const newId = (prefix: IdPrefix, now: Clock): string => `${prefix}_${ulid(now())}`;

/** Crockford's base 32, as ULIDs have it. */
const ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/;

/** Whether a text can be such an id, so that what cannot be is never looked up. */
export const isId = (prefix: IdPrefix, text: string | undefined): text is string =>
  text?.startsWith(`${prefix}_`) === true && ULID.test(text.slice(prefix.length + 1));
