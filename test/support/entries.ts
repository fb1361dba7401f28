import { type EntryOutcome, entryParser } from '#shared/events/event-schemas.ts';
import type { ImportedKind } from '#shared/events/kinds.ts';
import { parseLossless } from '#shared/json/lossless-json.ts';
import {
  aLocationInterest,
  aLocationObservation,
  aNamedEvent,
  anEmailEntry,
  aWebEntry,
  NOW,
} from './builders.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Builders of valid entries, by kind. */
export const ENTRY: Record<ImportedKind, (overrides?: Fields) => Fields> = {
  email: anEmailEntry,
  web: aWebEntry,
  'location-interests': aLocationInterest,
  'location-history': aLocationObservation,
  track: aNamedEvent,
};

/** The field that contains an event's type, by kind. */
export const TYPE_FIELD: Record<ImportedKind, string> = {
  email: 'type',
  web: 'type',
  'location-interests': 'signalType',
  'location-history': 'source',
  track: 'name',
};

/** A number in its exact notation, which a double would not preserve. */
export const raw = (number: string) => JSON.rawJSON(number);

/** The outcome of validating an entry as it arrives over the wire: fields that are `undefined` are absent. */
export const parsed = (kind: ImportedKind, entry: unknown): EntryOutcome =>
  entryParser(kind, NOW)(parseLossless(JSON.stringify(entry)));

/** The reason why an entry is refused, or `valid`. */
export const reasonOf = (kind: ImportedKind, entry: unknown): string => {
  const outcome = parsed(kind, entry);
  return outcome.kind === 'valid' ? 'valid' : outcome.reason;
};
