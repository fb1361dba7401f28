import type { Contact } from '../contacts/contact-item.ts';
import type { StoredEvent } from '../events/event-item.ts';
import { isActivityKind } from '../events/kinds.ts';
import { rankOf } from '../scoring/decay.ts';
import { compileScoring, scoredBy } from '../scoring/scoring-settings.ts';
import { createTally } from '../scoring/tally.ts';
import { type ContactFacts, compileSegments } from '../segments/evaluation.ts';
import type { Definitions } from '../segments/segment-store.ts';
import type { Computed } from '../standings/computed.ts';

/** What rules use of a contact in addition to its history. */
export type ContactData = Pick<Contact, 'attributes'> & Pick<ContactFacts, 'companyTraits'>;

/** The computation of contacts by an organisation's definitions. */
export interface Compute {
  /** Computes the scores and segments of one contact from its history, which must be oldest first. */
  (contact: ContactData, history: AsyncIterable<readonly StoredEvent[]>, now: number): Promise<Computed>;
  /** Whether a rule depends on attributes; otherwise those of a contact do not matter. */
  readonly usesAttributes: boolean;
  /** The names of the traits of companies on which rules depend; if there are none, those of a contact do not matter. */
  readonly companyTraits: readonly string[];
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
    { attributes, companyTraits }: ContactData,
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
    const { memberOf, nextChange } = pass.end({ ...standing, attributes, companyTraits, scoring });
    return {
      ...standing,
      scoredBy: by,
      rank: rankOf(standing.engagement, scoring.engagementHalfLifeMs),
      memberOf,
      nextChange,
      lastActivityAt,
    };
  };
  const { usesAttributes, companyTraits } = compiled;
  return Object.assign(compute, { usesAttributes, companyTraits });
};
