import * as v from 'valibot';
import { budgetOf, type RetryBudget } from '#shared/aws/retry.ts';
import type { CompanyStore } from '#shared/companies/company-store.ts';
import type { Contact } from '#shared/contacts/contact-item.ts';
import type { ContactStore } from '#shared/contacts/contact-store.ts';
import type { Handlers } from '#shared/contract/operation.ts';
import type { CONTACTS } from '#shared/contract/operations/contacts.ts';
import { type ApiRequest, JsonText } from '#shared/http/api.ts';
import { badRequest, notFound } from '#shared/http/api-error.ts';
import { cursorOf, DEFAULT_LIMIT, type ListEntry, limitOf, pageOf } from '#shared/http/paging.ts';
import { readByIdentity } from '#shared/identities/by-identity.ts';
import { CONTACT_ID, identityIdOf } from '#shared/identities/contact-id.ts';
import type { IdentityStore } from '#shared/identities/identity-store.ts';
import { pageOfShards } from '#shared/identities/shard-pages.ts';
import { positionOfContact, ShardPositionSchema } from '#shared/identities/shards.ts';
import {
  type CompanyNames,
  createProfileWriter,
  NAME_TRAIT,
  namedCompanies,
} from '#shared/profiles/profile.ts';
import type { SegmentStore } from '#shared/segments/segment-store.ts';
import { contactOfRank } from '#shared/standings/standing-item.ts';
import type { StandingStore } from '#shared/standings/standing-store.ts';
import type { Clock } from '#shared/time/clock.ts';
import { identityOf } from './identity-query.ts';

/** The dependencies of {@link createReadContacts}. */
export interface ReadContactsDeps {
  readonly identities: Pick<IdentityStore, 'contactsOfShard' | 'find'>;
  readonly contacts: Pick<ContactStore, 'get' | 'getMany'>;
  readonly companies: Pick<CompanyStore, 'traits'>;
  readonly standings: Pick<StandingStore, 'get' | 'getMany' | 'ranks'>;
  readonly segments: Pick<SegmentStore, 'definitions'>;
  readonly now: Clock;
}

/** The time limit for reading the contacts of a page, in ms. */
const READ_MS = 5_000;

/**
 * The number of contacts that are read at once. A page is full after five megabytes, while a contact and its standing can
 * have hundreds of kilobytes: large contacts are read group by group until the page is full.
 */
const GROUP_SIZE = DEFAULT_LIMIT;

/** A contact of a list, and the position after which the list continues if a page ends with it. */
interface Listed {
  readonly id: string;
  readonly position: unknown;
}

/** The contacts of a page in order, and the position of the next page. */
interface Listing {
  readonly contacts: readonly Listed[];
  readonly next: unknown;
}

const RankCursorSchema = v.pipe(v.string(), v.regex(/^[012][0-9a-f]{16}#c_[\w-]{16}$/));

/**
 * Reads profiles: one by the id or the value of any of a contact's identities, or a page of all, with
 * `?sort=engagementScore` highest first.
 */
export const createReadContacts = (deps: ReadContactsDeps): Handlers<typeof CONTACTS> => {
  const { identities, contacts, companies, standings, segments, now } = deps;

  const byRank = async (request: ApiRequest): Promise<Listing> => {
    const limit = limitOf(request);
    const ranks = await standings.ranks(request.orgId, limit, cursorOf(request, RankCursorSchema));
    return {
      contacts: ranks.map((rank) => ({ id: contactOfRank(rank), position: rank })),
      next: ranks.length < limit ? undefined : ranks.at(-1),
    };
  };

  const byId = async (request: ApiRequest): Promise<Listing> => {
    const from = cursorOf(request, ShardPositionSchema) ?? [0, null];
    const read = async (shard: number, limit: number, after: string | undefined) => {
      const { ids, next } = await identities.contactsOfShard(request.orgId, shard, limit, after);
      return { items: ids, next };
    };
    const { items, next } = await pageOfShards({ read, idOf: (id) => id }, from, limitOf(request));
    return { contacts: items.map((id) => ({ id, position: positionOfContact(id) })), next };
  };

  /** Reads the names of the companies of contacts; most have none, which takes no read. */
  const namesOf = async (
    orgId: string,
    found: readonly Contact[],
    budget: RetryBudget,
  ): Promise<CompanyNames> => {
    const groupIds = new Set(found.flatMap(namedCompanies));
    return groupIds.size === 0 ? new Map() : companies.traits(orgId, [...groupIds], [NAME_TRAIT], { budget });
  };

  /** Reads the profiles of these contacts in groups, each when it is needed. */
  async function* profilesOf(orgId: string, listed: readonly Listed[]): AsyncGenerator<ListEntry> {
    const options = { budget: budgetOf(READ_MS, now) };
    let definitions: ReturnType<typeof segments.definitions> | undefined;
    for (let at = 0; at < listed.length; at += GROUP_SIZE) {
      const group = listed.slice(at, at + GROUP_SIZE);
      const ids = group.map(({ id }) => id);
      definitions ??= segments.definitions(orgId);
      const [foundContacts, foundStandings, known] = await Promise.all([
        contacts.getMany(orgId, ids, options),
        standings.getMany(orgId, ids, options),
        definitions,
      ]);
      const names = await namesOf(orgId, foundContacts, options.budget);
      const profileJson = createProfileWriter(known, now());
      const contactOf = new Map(foundContacts.map((contact) => [contact.contactId, contact]));
      const standingOf = new Map(foundStandings.map((standing) => [standing.contactId, standing]));
      for (const { id, position } of group) {
        const [contact, standing] = [contactOf.get(id), standingOf.get(id)];
        // The list may have a contact that has just become one with another.
        if (contact === undefined || standing === undefined) continue;
        yield { json: profileJson(contact, standing, names), position };
      }
    }
  }

  const list = async (request: ApiRequest) => {
    const { orgId, query } = request;
    if (query['sort'] !== undefined && query['sort'] !== 'engagementScore') {
      throw badRequest('sort must be engagementScore');
    }
    const { contacts, next } = await (query['sort'] === undefined ? byId(request) : byRank(request));
    return pageOf(profilesOf(orgId, contacts), next);
  };

  const stored = async (orgId: string, contactId: string) => {
    const [contact, standing] = await Promise.all([
      contacts.get(orgId, contactId),
      standings.get(orgId, contactId),
    ]);
    // If only one of them is there, the contact is just becoming one with another.
    return contact && standing && { contact, standing };
  };

  const merged = (orgId: string, id: string) => {
    const lookUp = { identities, orgId, id, budget: budgetOf(READ_MS, now) };
    return readByIdentity(lookUp, (contactId) => stored(orgId, contactId));
  };

  /**
   * Most ids are those of contacts: what is stored by the id is read at once, and only if there is nothing, the contact is
   * looked up that the identity belongs to. A merge deletes the contact that goes, so what is stored is never outdated.
   */
  const profile = async (orgId: string, id: string) => {
    const [direct, definitions] = await Promise.all([stored(orgId, id), segments.definitions(orgId)]);
    const found = direct ?? (await merged(orgId, id));
    if (found === undefined) throw notFound('Contact not found');
    const { contact, standing } = found;
    const names = await namesOf(orgId, [contact], budgetOf(READ_MS, now));
    return new JsonText(createProfileWriter(definitions, now())(contact, standing, names));
  };

  return {
    listContacts: async (request) => {
      const { orgId } = request;
      const identity = identityOf(request);
      const body =
        identity === undefined ? await list(request) : await profile(orgId, identityIdOf(orgId, identity));
      return { statusCode: 200, body };
    },

    readContact: async ({ orgId, pathParameters }) => {
      const { contactId = '' } = pathParameters;
      if (!CONTACT_ID.test(contactId)) throw notFound('Contact not found');
      return { statusCode: 200, body: await profile(orgId, contactId) };
    },
  };
};
