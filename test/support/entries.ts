import { type EntryOutcome, entryParser } from '#shared/events/event-schemas.ts';
import type { Kind } from '#shared/events/kinds.ts';
import { parseLossless } from '#shared/json/lossless-json.ts';
import { aLocationInterest, aLocationObservation, anEmailEntry, aWebEntry, NOW } from './builders.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Builders of sound entries, by kind. */
export const ENTRY: Record<Kind, (overrides?: Fields) => Fields> = {
  email: anEmailEntry,
  web: aWebEntry,
  'location-interests': aLocationInterest,
  'location-history': aLocationObservation,
};

/** The field that holds an event's type, by kind. */
export const TYPE_FIELD: Record<Kind, string> = {
  email: 'type',
  web: 'type',
  'location-interests': 'signalType',
  'location-history': 'source',
};

/** A number as it is written, where a double would print it otherwise. */
export const raw = (number: string) => JSON.rawJSON(number);

/** What becomes of an entry after it went over the wire: a field that is `undefined` is not there. */
export const judge = (kind: Kind, entry: unknown): EntryOutcome =>
  entryParser(kind, NOW)(parseLossless(JSON.stringify(entry)));

/** The reason why an entry is refused, or `valid`. */
export const reasonOf = (kind: Kind, entry: unknown): string => {
  const outcome = judge(kind, entry);
  return outcome.kind === 'valid' ? 'valid' : outcome.reason;
};
