import * as v from 'valibot';
import { budgetOf } from '#shared/aws/retry.ts';
import { contactOfRank } from '#shared/contacts/contact-item.ts';
import type { ContactStore } from '#shared/contacts/contact-store.ts';
import { type ApiOperation, type ApiRequest, JsonText } from '#shared/http/api.ts';
import { badRequest, notFound } from '#shared/http/api-error.ts';
import { cursorOf, encodeCursor, limitOf } from '#shared/http/paging.ts';
import { CONTACT_ID, contactIdOf } from '#shared/identities/contact-id.ts';
import { ORG_SHARDS, ShardPositionSchema } from '#shared/identities/shards.ts';
import { createProfileWriter } from '#shared/profiles/profile.ts';
import type { SegmentStore } from '#shared/segments/segment-store.ts';
import type { Clock } from '#shared/time/clock.ts';

/** What reading contacts needs. */
export interface ReadContactsDeps {
  readonly contacts: Pick<ContactStore, 'get' | 'getMany' | 'idsOfShard' | 'ranks'>;
  readonly segments: Pick<SegmentStore, 'definitions'>;
  readonly now: Clock;
}

/** Reading the contacts of a page takes at most this long. */
const READ_MS = 5_000;

/** Ids of a page in order, and where the next begins. */
interface Page {
  readonly ids: readonly string[];
  readonly next: unknown;
}

const RankCursorSchema = v.pipe(v.string(), v.regex(/^[012][0-9a-f]{16}#c_[\w-]{16}$/));

/**
 * `GET /v1/contacts/{contactId}` and `GET /v1/contacts?email=` answer one contact's profile,
 * `GET /v1/contacts` a page of all, `?sort=engagementScore` highest first.
 */
export const createReadContacts = ({ contacts, segments, now }: ReadContactsDeps): ApiOperation => {
  const byRank = async (request: ApiRequest): Promise<Page> => {
    const limit = limitOf(request);
    const ranks = await contacts.ranks(request.orgId, limit, cursorOf(request, RankCursorSchema));
    return { ids: ranks.map(contactOfRank), next: ranks.length < limit ? undefined : ranks.at(-1) };
  };

  /** Shard after shard, in each by id: an order that no arrival moves. */
  const byId = async (request: ApiRequest): Promise<Page> => {
    const limit = limitOf(request);
    let [shard, after] = cursorOf(request, ShardPositionSchema) ?? [0, null];
    const ids: string[] = [];
    while (shard < ORG_SHARDS && ids.length < limit) {
      const page = await contacts.idsOfShard(request.orgId, shard, limit - ids.length, after ?? undefined);
      ids.push(...page.ids);
      after = page.next ?? null;
      if (page.next === undefined) shard += 1;
    }
    return { ids, next: shard < ORG_SHARDS ? [shard, after] : undefined };
  };

  const list = async (request: ApiRequest) => {
    const { sort } = request.query;
    if (sort !== undefined && sort !== 'engagementScore') throw badRequest('sort must be engagementScore');
    const { ids, next } = await (sort === undefined ? byId(request) : byRank(request));
    const [found, definitions] = await Promise.all([
      contacts.getMany(request.orgId, ids, { budget: budgetOf(READ_MS, now) }),
      segments.definitions(request.orgId),
    ]);
    const profileJson = createProfileWriter(definitions, now());
    const byContactId = new Map(found.map((contact) => [contact.contactId, contact]));
    const items = ids.flatMap((id) => byContactId.get(id) ?? []).map(profileJson);
    const nextCursor = next === undefined ? null : encodeCursor(next);
    return new JsonText(`{"items":[${items.join(',')}],"nextCursor":${JSON.stringify(nextCursor)}}`);
  };

  const profile = async (orgId: string, contactId: string) => {
    const [contact, definitions] = await Promise.all([
      contacts.get(orgId, contactId),
      segments.definitions(orgId),
    ]);
    if (contact === undefined) throw notFound('Contact not found');
    return new JsonText(createProfileWriter(definitions, now())(contact));
  };

  return async (request) => {
    const { orgId, pathParameters, query } = request;
    const { contactId } = pathParameters;
    if (contactId !== undefined) {
      if (!CONTACT_ID.test(contactId)) throw notFound('Contact not found');
      return { statusCode: 200, body: await profile(orgId, contactId) };
    }
    if (query['email'] !== undefined) {
      return { statusCode: 200, body: await profile(orgId, contactIdOf(orgId, query['email'])) };
    }
    return { statusCode: 200, body: await list(request) };
  };
};
