import * as v from 'valibot';
import { budgetOf } from '#shared/aws/retry.ts';
import type { ContactStore } from '#shared/contacts/contact-store.ts';
import type { Handlers } from '#shared/contract/operation.ts';
import type { CONTACTS } from '#shared/contract/operations/contacts.ts';
import { type ApiRequest, JsonText } from '#shared/http/api.ts';
import { badRequest, notFound } from '#shared/http/api-error.ts';
import { cursorOf, encodeCursor, limitOf } from '#shared/http/paging.ts';
import { CONTACT_ID, contactIdOf } from '#shared/identities/contact-id.ts';
import type { IdentityStore } from '#shared/identities/identity-store.ts';
import { pageOfShards } from '#shared/identities/shard-pages.ts';
import { ShardPositionSchema } from '#shared/identities/shards.ts';
import { createProfileWriter } from '#shared/profiles/profile.ts';
import type { SegmentStore } from '#shared/segments/segment-store.ts';
import { contactOfRank } from '#shared/standings/standing-item.ts';
import type { StandingStore } from '#shared/standings/standing-store.ts';
import type { Clock } from '#shared/time/clock.ts';

/** The dependencies of {@link createReadContacts}. */
export interface ReadContactsDeps {
  readonly identities: Pick<IdentityStore, 'idsOfShard'>;
  readonly contacts: Pick<ContactStore, 'get' | 'getMany'>;
  readonly standings: Pick<StandingStore, 'get' | 'getMany' | 'ranks'>;
  readonly segments: Pick<SegmentStore, 'definitions'>;
  readonly now: Clock;
}

/** The time limit for reading the contacts of a page, in ms. */
const READ_MS = 5_000;

/** The ids of a page in order, and the cursor of the next page. */
interface Page {
  readonly ids: readonly string[];
  readonly next: unknown;
}

const RankCursorSchema = v.pipe(v.string(), v.regex(/^[012][0-9a-f]{16}#c_[\w-]{16}$/));

/**
 * Reads profiles: one by contact id or by `?email=`, or a page of all, with `?sort=engagementScore` highest
 * first.
 */
export const createReadContacts = (deps: ReadContactsDeps): Handlers<typeof CONTACTS> => {
  const { identities, contacts, standings, segments, now } = deps;

  const byRank = async (request: ApiRequest): Promise<Page> => {
    const limit = limitOf(request);
    const ranks = await standings.ranks(request.orgId, limit, cursorOf(request, RankCursorSchema));
    return { ids: ranks.map(contactOfRank), next: ranks.length < limit ? undefined : ranks.at(-1) };
  };

  const byId = async (request: ApiRequest): Promise<Page> => {
    const from = cursorOf(request, ShardPositionSchema) ?? [0, null];
    const read = async (shard: number, limit: number, after: string | undefined) => {
      const { ids, next } = await identities.idsOfShard(request.orgId, shard, limit, after);
      return { items: ids, next };
    };
    const { items, next } = await pageOfShards({ read, idOf: (id) => id }, from, limitOf(request));
    return { ids: items, next };
  };

  const list = async (request: ApiRequest) => {
    const { orgId, query } = request;
    if (query['sort'] !== undefined && query['sort'] !== 'engagementScore') {
      throw badRequest('sort must be engagementScore');
    }
    const { ids, next } = await (query['sort'] === undefined ? byId(request) : byRank(request));
    const options = { budget: budgetOf(READ_MS, now) };
    const [foundContacts, foundStandings, definitions] = await Promise.all([
      contacts.getMany(orgId, ids, options),
      standings.getMany(orgId, ids, options),
      segments.definitions(orgId),
    ]);
    const profileJson = createProfileWriter(definitions, now());
    const contactOf = new Map(foundContacts.map((contact) => [contact.contactId, contact]));
    const standingOf = new Map(foundStandings.map((standing) => [standing.contactId, standing]));
    const items = ids.flatMap((id) => {
      const [contact, standing] = [contactOf.get(id), standingOf.get(id)];
      // The list by rank may have a contact that an import is just creating.
      return contact === undefined || standing === undefined ? [] : [profileJson(contact, standing)];
    });
    const nextCursor = next === undefined ? null : encodeCursor(next);
    return new JsonText(`{"items":[${items.join(',')}],"nextCursor":${JSON.stringify(nextCursor)}}`);
  };

  const profile = async (orgId: string, contactId: string) => {
    const [contact, standing, definitions] = await Promise.all([
      contacts.get(orgId, contactId),
      standings.get(orgId, contactId),
      segments.definitions(orgId),
    ]);
    // A contact without a standing is not completely created yet.
    if (contact === undefined || standing === undefined) throw notFound('Contact not found');
    return new JsonText(createProfileWriter(definitions, now())(contact, standing));
  };

  return {
    listContacts: async (request) => {
      const { email } = request.query;
      const body =
        email === undefined
          ? await list(request)
          : await profile(request.orgId, contactIdOf(request.orgId, email));
      return { statusCode: 200, body };
    },

    readContact: async ({ orgId, pathParameters }) => {
      const { contactId = '' } = pathParameters;
      if (!CONTACT_ID.test(contactId)) throw notFound('Contact not found');
      return { statusCode: 200, body: await profile(orgId, contactId) };
    },
  };
};
