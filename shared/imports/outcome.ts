/** An entry that was not imported, with the first rule that it breaks. */
export interface EntryError {
  /** The entry's position in its batch, from 0. */
  readonly index: number;
  /** The identifier of the entry's contact, as it was sent; null where that was not a string. */
  readonly identifier: string | null;
  readonly reason: string;
}

/** What was stored of a batch, completely or not. */
export interface Stored {
  /** Entries that are stored. Where events are left: stored events, duplicates counted once. */
  readonly imported: number;
  /** Entries that could not be stored in time; of events, duplicates counted once. */
  readonly left: number;
  /** Entries that were refused, in the order of the batch. */
  readonly errors: readonly EntryError[];
}

/**
 * How an import ended. In every case sending the same batch again is safe: it stores what is missing and changes
 * nothing that is there.
 */
export type ImportOutcome<S extends Stored = Stored> =
  /** Every entry is stored or among the errors, and the receipt is closed; nothing is left. */
  | ({ readonly kind: 'completed'; readonly importId: string } & S)
  /** Time ran out before everything was stored; the receipt is closed and says so. */
  | ({ readonly kind: 'incomplete'; readonly importId: string } & S)
  /** Time ran out before the receipt was closed: it cannot tell how much is stored. */
  | ({ readonly kind: 'not-closed'; readonly importId: string } & S)
  /** Time ran out before the receipt was written, and no entry is stored without one. */
  | { readonly kind: 'nothing-stored'; readonly left: number };

/** A field of an entry as it was sent; null where it is not a string. */
export const sentString = (entry: unknown, field: string): string | null => {
  const value = (entry as Record<string, unknown> | null)?.[field];
  return typeof value === 'string' ? value : null;
};
