import type { Contact } from '../contacts/contact-item.ts';
import type { StoredEvent } from '../events/event-item.ts';
import { type DecayedSum, rankOf } from '../scoring/decay.ts';
import { compileScoring } from '../scoring/scoring-settings.ts';
import { createTally, type LocationInterest } from '../scoring/tally.ts';
import { compileSegments } from '../segments/evaluation.ts';
import type { Definitions } from '../segments/segment-store.ts';

/** How a contact stands at a moment, by its whole history. */
export interface Computed {
  readonly engagement: DecayedSum;
  readonly rank: string;
  readonly interests: readonly LocationInterest[];
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
  { segments }: Pick<Contact, 'segments'>,
  { memberOf }: Pick<Computed, 'memberOf'>,
): Change[] => [
  ...[...memberOf].filter((id) => !segments.has(id)).map((segmentId) => ({ segmentId, enters: true })),
  ...[...segments.keys()]
    .filter((id) => !memberOf.has(id))
    .map((segmentId) => ({ segmentId, enters: false })),
];

/** A function that computes contacts one after the other. */
export type Compute = (
  contact: Pick<Contact, 'attributes'>,
  history: AsyncIterable<readonly StoredEvent[]>,
  now: number,
) => Promise<Computed>;

/**
 * Readies an organisation's definitions for computing its contacts: scores and all segments in one pass over each
 * history, which comes oldest first.
 */
export const compileDefinitions = ({ scoring: settings, segments }: Definitions): Compute => {
  const scoring = compileScoring(settings);
  const compiled = compileSegments(segments);
  return async ({ attributes }, history, now) => {
    const tally = createTally(scoring);
    const pass = compiled.begin(now);
    let lastActivityAt: number | undefined;
    for await (const page of history) {
      for (const event of page) {
        tally.add(event);
        pass.add(event);
        lastActivityAt = event.occurredAt;
      }
    }
    const standing = tally.end(now);
    const { memberOf, nextChange } = pass.end({ ...standing, attributes, scoring });
    return {
      ...standing,
      rank: rankOf(standing.engagement, scoring.engagementHalfLifeMs),
      memberOf,
      nextChange,
      lastActivityAt,
    };
  };
};
