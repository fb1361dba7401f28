import { beginningOf, MAX_ECHO } from '../json/text.ts';

/** An entry that was not imported, with the first rule that it breaks. */
export interface EntryError {
  /** The entry's position in its batch, from 0. */
  readonly index: number;
  /** The field that names the entry's contact. @default - that by which most entries of the endpoint name it */
  readonly field?: string | undefined;
  /** The value of the field, as {@link sentString} returns it. */
  readonly identifier: string | null;
  readonly reason: string;
}

/** The result of storing a batch, completely or in part. */
export interface Stored {
  /**
   * The number of stored entries. If events are left, it is the number of stored events, with duplicates counted
   * once.
   */
  readonly imported: number;
  /** The number of entries that could not be stored in time; duplicate events count once. */
  readonly left: number;
  /** The refused entries, in the order of the batch. */
  readonly errors: readonly EntryError[];
}

/**
 * The outcome of an import. In every case, sending the same batch again is safe: it stores the missing entries and
 * does not change those that are stored.
 */
export type ImportOutcome<S extends Stored = Stored> =
  /** Every entry is stored or among the errors, and the receipt is closed; nothing is left. */
  | ({ readonly kind: 'completed'; readonly importId: string } & S)
  /** Time ran out before all entries were stored; the receipt is closed as incomplete. */
  | ({ readonly kind: 'incomplete'; readonly importId: string } & S)
  /** Time ran out before the receipt was closed, so it does not show how much is stored. */
  | ({ readonly kind: 'not-closed'; readonly importId: string } & S)
  /** Time ran out before the receipt was written; no entry is stored without one. */
  | { readonly kind: 'nothing-stored'; readonly left: number };

/** A field of an entry as it was sent, at most its first {@link MAX_ECHO} characters; null if it is not a string. */
export const sentString = (entry: unknown, field: string): string | null => {
  const value = (entry as Record<string, unknown> | null)?.[field];
  return typeof value === 'string' ? beginningOf(value, MAX_ECHO) : null;
};
