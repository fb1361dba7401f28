/** An entry that was not imported, and the first rule that it breaks. */
export interface EntryError {
  /** Where the entry stood in its batch, from 0. */
  readonly index: number;
  /** What the entry says whose it is, as it was sent; null where that was no string. */
  readonly identifier: string | null;
  readonly reason: string;
}

/** What storing a batch came to, whether or not the time sufficed. */
export interface Stored {
  /** Entries that are stored; of events that were not all stored in time, those that are, duplicates counted once. */
  readonly imported: number;
  /** What could not be stored in time, counted likewise. */
  readonly left: number;
  /** Entries that were refused, in the order of the batch. */
  readonly errors: readonly EntryError[];
}

/**
 * How an import ended. Whatever it says, sending the same batch again is safe: it stores what is missing and changes
 * nothing of what is there.
 */
export type ImportOutcome<S extends Stored = Stored> =
  /** Every entry is stored or among the errors, and the receipt says so. */
  | ({ readonly kind: 'completed'; readonly importId: string } & S)
  /** The time was up before everything was stored; the receipt says so. */
  | ({ readonly kind: 'incomplete'; readonly importId: string } & S)
  /** The time was up before the receipt was closed, so that it cannot tell what is stored. */
  | ({ readonly kind: 'not-closed'; readonly importId: string } & S)
  /** The time was up before the receipt was written, and nothing is stored without one. */
  | { readonly kind: 'nothing-stored'; readonly left: number };

/** A field of an entry as it was sent, where it was a string; null otherwise. */
export const sentString = (entry: unknown, field: string): string | null => {
  const value = (entry as Record<string, unknown> | null)?.[field];
  return typeof value === 'string' ? value : null;
};
