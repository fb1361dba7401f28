import type { DecayedSum } from '../scoring/decay.ts';
import type { ScoredBy } from '../scoring/scoring-settings.ts';
import type { LocationInterest } from '../scoring/tally.ts';

/** How a contact stands at a moment, by its whole history. */
export interface Computed {
  readonly engagement: DecayedSum;
  readonly rank: string;
  readonly interests: readonly LocationInterest[];
  /** The settings that these scores are of. */
  readonly scoredBy: ScoredBy;
  readonly memberOf: ReadonlySet<string>;
  /** When time alone may change the membership next, ms since 1970; undefined where it cannot. */
  readonly nextChange: number | undefined;
  /** The newest event, ms since 1970. */
  readonly lastActivityAt: number | undefined;
}

/** A segment that the contact enters or leaves. */
export interface Change {
  readonly segmentId: string;
  readonly enters: boolean;
}

/** What becomes of the contact's membership by what was computed. */
export const changesOf = (
  { segments }: { readonly segments: ReadonlyMap<string, unknown> },
  { memberOf }: Pick<Computed, 'memberOf'>,
): Change[] => [
  ...[...memberOf].filter((id) => !segments.has(id)).map((segmentId) => ({ segmentId, enters: true })),
  ...[...segments.keys()]
    .filter((id) => !memberOf.has(id))
    .map((segmentId) => ({ segmentId, enters: false })),
];
