import type { Contact } from '../contacts/contact-item.ts';
import type { StoredEvent } from '../events/event-item.ts';
import { rankOf } from '../scoring/decay.ts';
import { compileScoring, scoredBy } from '../scoring/scoring-settings.ts';
import { createTally } from '../scoring/tally.ts';
import { compileSegments } from '../segments/evaluation.ts';
import type { Definitions } from '../segments/segment-store.ts';
import type { Computed } from '../standings/computed.ts';

/** Computes the scores and segments of one contact from its history, which must be oldest first. */
export type Compute = (
  contact: Pick<Contact, 'attributes'>,
  history: AsyncIterable<readonly StoredEvent[]>,
  now: number,
) => Promise<Computed>;

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
      scoredBy: by,
      rank: rankOf(standing.engagement, scoring.engagementHalfLifeMs),
      memberOf,
      nextChange,
      lastActivityAt,
    };
  };
};
