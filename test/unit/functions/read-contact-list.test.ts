import { createReadContacts } from '#functions/query/contacts/handler.ts';
import { encodeCursor } from '#shared/http/paging.ts';
import { ORG_SHARDS } from '#shared/identities/shards.ts';
import { rankOf } from '#shared/scoring/decay.ts';
import { rankKey } from '#shared/standings/standing-item.ts';
import { aRequest, foundOf, NOW } from '#test/support/builders.ts';
import { errorOf } from '#test/support/import-world.ts';
import {
  aContact,
  aStanding,
  bodyOf,
  NO_COMPANIES,
  someDefinitions,
  someIds,
} from '#test/support/refresh-world.ts';

const DAY = 86_400_000;
const CONTACT = 'c_AAAAAAAAAAAAAAAA';

/** Contacts by shard. The score of each is its position; those in `gone` are listed but no longer exist. */
const aStage = (shards: readonly (readonly string[])[], gone: readonly string[] = []) => {
  const all = shards.flat();
  const ranks = all.map((id, nth) => rankKey(rankOf({ sum: nth, at: NOW }, DAY), id)).sort();
  const { listContacts } = createReadContacts({
    companies: NO_COMPANIES,
    contacts: {
      get: async () => undefined,
      getMany: async (_orgId, ids) =>
        [...ids]
          .filter((id) => !gone.includes(id))
          .map((contactId) => aContact({ contactId }))
          .reverse(),
    },
    identities: {
      find: async () => foundOf([]),
      contactsOfShard: async (_orgId, shard, limit, after) => {
        const rest = (shards[shard] ?? []).filter((id) => after === undefined || id > after);
        return { ids: rest.slice(0, limit), next: rest.length > limit ? rest[limit - 1] : undefined };
      },
    },
    standings: {
      get: async () => undefined,
      getMany: async (_orgId, ids) =>
        [...ids].map((contactId) => aStanding({ contactId, scoredAt: NOW, score: all.indexOf(contactId) })),
      ranks: async (_orgId, limit, after) =>
        ranks
          .toReversed()
          .filter((rank) => after === undefined || rank < after)
          .slice(0, limit),
    },
    segments: { definitions: async () => someDefinitions() },
    now: () => NOW,
  });
  const get = async (query: Readonly<Record<string, string>>) =>
    listContacts(aRequest({ method: 'GET', query }));
  const pages = async (query: Readonly<Record<string, string>>): Promise<string[][]> => {
    const seen: string[][] = [];
    let cursor: string | null = null;
    do {
      const page = bodyOf(await get(cursor === null ? query : { ...query, cursor }));
      seen.push(page.items.map(({ contactId }: { contactId: string }) => contactId));
      cursor = page.nextCursor;
    } while (cursor !== null);
    return seen;
  };
  return { get, pages };
};

const IDS = someIds(11);
const SHARDS = [IDS.slice(0, 3), [], IDS.slice(3, 4), IDS.slice(4, 8), [], [], [], IDS.slice(8)];

describe('listing contacts', () => {
  it.each([
    ['1', IDS.map((id) => [id])],
    ['4', [IDS.slice(0, 4), IDS.slice(4, 8), IDS.slice(8)]],
    ['200', [IDS]],
  ])('with a limit of %s returns each once, shard by shard', async (limit, expected) => {
    const { pages } = aStage(SHARDS);

    expect((await pages({ limit })).filter((page) => page.length > 0)).toEqual(expected);
  });

  it('returns the highest scores first', async () => {
    const { pages } = aStage(SHARDS);

    const seen = await pages({ sort: 'engagementScore', limit: '4' });

    const highest = IDS.toReversed();
    expect(seen).toEqual([highest.slice(0, 4), highest.slice(4, 8), highest.slice(8)]);
  });

  it.each<Record<string, string>>([{}, { sort: 'engagementScore' }])(
    'omits contacts that no longer exist: %j',
    async (query) => {
      const { pages } = aStage(SHARDS, IDS.slice(0, 2));

      expect((await pages(query)).flat().toSorted()).toEqual(IDS.slice(2));
    },
  );

  it('of an organisation without contacts is empty', async () => {
    const { get } = aStage([]);

    expect(bodyOf(await get({}))).toEqual({ items: [], nextCursor: null });
    expect(bodyOf(await get({ sort: 'engagementScore' }))).toEqual({ items: [], nextCursor: null });
  });

  const byRank = encodeCursor(rankKey(rankOf({ sum: 1, at: NOW }, DAY), CONTACT));
  const byId = encodeCursor([0, CONTACT]);
  it.each([
    ['sort', { sort: 'email' }],
    ['sort', { sort: '' }],
    ['limit', { limit: '0' }],
    ['limit', { sort: 'engagementScore', limit: 'all' }],
    ['cursor', { cursor: 'nonsense' }],
    ['cursor', { cursor: byRank }],
    ['cursor', { cursor: encodeCursor([ORG_SHARDS, null]) }],
    ['cursor', { cursor: encodeCursor([0.5, null]) }],
    ['cursor', { cursor: encodeCursor([0, 'c_1']) }],
    ['cursor', { cursor: encodeCursor([0, CONTACT, 2]) }],
    ['cursor', { sort: 'engagementScore', cursor: byId }],
    ['cursor', { sort: 'engagementScore', cursor: encodeCursor(CONTACT) }],
  ])('answers 400, naming the %s, to %j', async (name, query) => {
    const { get } = aStage(SHARDS);

    expect(await errorOf(get(query as Record<string, string>))).toMatchObject({
      statusCode: 400,
      message: expect.stringContaining(name),
    });
  });
});
