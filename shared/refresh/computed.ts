import type { Contact } from '../contacts/contact-item.ts';
import type { StoredEvent } from '../events/event-item.ts';
import { isActivityKind } from '../events/kinds.ts';
import { rankOf } from '../scoring/decay.ts';
import { compileScoring, scoredBy } from '../scoring/scoring-settings.ts';
import { createTally } from '../scoring/tally.ts';
import { compileSegments } from '../segments/evaluation.ts';
import type { Definitions } from '../segments/segment-store.ts';
import type { Computed } from '../standings/computed.ts';

/** The computation of contacts by an organisation's definitions. */
export interface Compute {
  /** Computes the scores and segments of one contact from its history, which must be oldest first. */
  (
    contact: Pick<Contact, 'attributes'>,
    history: AsyncIterable<readonly StoredEvent[]>,
    now: number,
  ): Promise<Computed>;
  /** Whether a rule depends on attributes; otherwise those of a contact do not matter. */
  readonly usesAttributes: boolean;
}

/**
 * Compiles the definitions of an organisation into a function that computes scores and all segments in one
 * pass over the history of a contact.
 */
export const compileDefinitions = ({
  scoring: settings,
  segments,
}: Pick<Definitions, 'scoring' | 'segments'>): Compute => {
  const scoring = compileScoring(settings);
  const by = scoredBy(settings);
  const compiled = compileSegments(segments);
  const compute = async (
    { attributes }: Pick<Contact, 'attributes'>,
    history: AsyncIterable<readonly StoredEvent[]>,
    now: number,
  ): Promise<Computed> => {
    const tally = createTally(scoring);
    const pass = compiled.begin(now);
    let lastActivityAt: number | undefined;
    for await (const page of history) {
      for (const event of page) {
        tally.add(event);
        pass.add(event);
        if (isActivityKind(event.kind)) lastActivityAt = event.occurredAt;
      }
    }
    const standing = tally.end(now);
    const { memberOf, nextChange } = pass.end({ ...standing, attributes, scoring });
    return {
      ...standing,
      scoredBy: by,
      rank: rankOf(standing.engagement, scoring.engagementHalfLifeMs),
      memberOf,
      nextChange,
      lastActivityAt,
    };
  };
  return Object.assign(compute, { usesAttributes: compiled.usesAttributes });
};
