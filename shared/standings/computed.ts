import type { DecayedSum } from '../scoring/decay.ts';
import type { ScoredBy } from '../scoring/scoring-settings.ts';
import type { LocationInterest } from '../scoring/tally.ts';

/** A contact's standing at a moment, computed from its whole history. */
export interface Computed {
  readonly engagement: DecayedSum;
  /** The engagement as text, in an order that time does not change; see `rankOf`. */
  readonly rank: string;
  readonly interests: readonly LocationInterest[];
  /** The settings that the scores were computed with. */
  readonly scoredBy: ScoredBy;
  /** Ids of the segments that the contact is in. */
  readonly memberOf: ReadonlySet<string>;
  /** The next moment (ms since 1970) at which time alone may change the membership; undefined if there is none. */
  readonly nextChange: number | undefined;
  /** The moment of the newest event, ms since 1970; undefined if there are no events. */
  readonly lastActivityAt: number | undefined;
}

/** A segment that the contact enters or leaves. */
export interface Change {
  readonly segmentId: string;
  /** Whether the contact enters the segment; otherwise it leaves it. */
  readonly enters: boolean;
}

/** The changes from the stored membership to the computed one. */
export const changesOf = (
  { segments }: { readonly segments: ReadonlyMap<string, unknown> },
  { memberOf }: Pick<Computed, 'memberOf'>,
): Change[] => [
  ...[...memberOf].filter((id) => !segments.has(id)).map((segmentId) => ({ segmentId, enters: true })),
  ...[...segments.keys()]
    .filter((id) => !memberOf.has(id))
    .map((segmentId) => ({ segmentId, enters: false })),
];
