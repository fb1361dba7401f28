import type { Budgeted } from '#shared/aws/dynamodb.ts';
import type { IdentityStore } from '#shared/identities/identity-store.ts';
import type { Standing } from '#shared/standings/standing-item.ts';
import type { StandingStore } from '#shared/standings/standing-store.ts';

/** A contact to refresh. */
export interface Named {
  readonly standing: Standing;
  /** The ids by which the message names it. */
  readonly ids: readonly string[];
}

/** What is found of the contacts of a message. */
export interface FoundStandings {
  readonly contacts: readonly Named[];
  /** What is left of contacts that have become one with others; each is named by its own id. */
  readonly gone: readonly Standing[];
}

/** The dependencies of {@link createStandingsOf}. */
export interface StandingsOfDeps {
  readonly standings: Pick<StandingStore, 'getMany'>;
  readonly identities: Pick<IdentityStore, 'find'>;
}

/**
 * Creates a function that reads the standings of contacts by ids of their identities. Most ids are those of contacts, which
 * takes one read; only the others are looked up. Ids that no contact has are ignored.
 */
export const createStandingsOf =
  ({ standings, identities }: StandingsOfDeps) =>
  async (orgId: string, ids: readonly string[], options: Budgeted): Promise<FoundStandings> => {
    const found = await standings.getMany(orgId, ids, options);
    const known = new Map(found.filter(({ gone }) => !gone).map((each) => [each.contactId, each]));
    const named = new Map([...known.keys()].map((id) => [id, [id]]));
    const others = ids.filter((id) => !known.has(id));
    if (others.length > 0) {
      for (const [id, { contactId }] of await identities.find(orgId, others, options)) {
        named.set(contactId, [...(named.get(contactId) ?? []), id]);
      }
      const unread = [...named.keys()].filter((id) => !known.has(id));
      for (const each of unread.length === 0 ? [] : await standings.getMany(orgId, unread, options)) {
        if (!each.gone) known.set(each.contactId, each);
      }
    }
    return {
      contacts: [...known.values()].map((standing) => ({
        standing,
        ids: named.get(standing.contactId) ?? [],
      })),
      gone: found.filter(({ gone }) => gone),
    };
  };
