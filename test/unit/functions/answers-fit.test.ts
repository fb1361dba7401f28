import * as v from 'valibot';
import { createReadActivity } from '#functions/query/activity/handler.ts';
import { createReadAnalytics } from '#functions/query/analytics/handler.ts';
import { createReadContacts } from '#functions/query/contacts/handler.ts';
import { fromEventItem, toEventItem } from '#shared/events/event-item.ts';
import { positionOf } from '#shared/events/event-position.ts';
import type { ApiRequest, ApiResponse } from '#shared/http/api.ts';
import { shardOfContact } from '#shared/identities/shards.ts';
import { rankOf } from '#shared/scoring/decay.ts';
import { SegmentRuleSchema } from '#shared/segments/rule.ts';
import { MAX_NODES, MAX_RULE_CHARACTERS } from '#shared/segments/rule-limits.ts';
import { MAX_SEGMENTS } from '#shared/segments/segment.ts';
import { rankKey } from '#shared/standings/standing-item.ts';
import { aBudget, anEvent, aRequest, foundOf, NOW, ORG, SARAH_ID } from '#test/support/builders.ts';
import { errorOf } from '#test/support/import-world.ts';
import { MAX_RESULT_BYTES, resultBytes } from '#test/support/lambda-result.ts';
import {
  aContact,
  aSegment,
  aStanding,
  bodyOf,
  NO_COMPANIES,
  someDefinitions,
  someIds,
} from '#test/support/refresh-world.ts';
import { aSegmentStage, EVALUATION } from '#test/support/segments-stage.ts';

const KB = 1_024;

/** Reads a list with the largest limit, page by page; every page fits, and has at least one entry. */
const readAll = async (
  read: (query: ApiRequest['query']) => Promise<ApiResponse>,
  query: Readonly<Record<string, string>> = {},
) => {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into entries of every list
  const pages: any[][] = [];
  let cursor: string | null = null;
  do {
    const answer = await read({ ...query, limit: '200', ...(cursor !== null && { cursor }) });
    const { items, nextCursor } = bodyOf(answer);
    expect(resultBytes(answer)).toBeLessThan(MAX_RESULT_BYTES);
    expect(items.length).toBeGreaterThan(0);
    pages.push(items);
    cursor = nextCursor;
  } while (cursor !== null);
  return pages;
};

describe('a list of the largest contacts', () => {
  const ids = someIds(200).toSorted((a, b) => shardOfContact(a) - shardOfContact(b) || (a < b ? -1 : 1));
  const ranks = ids.map((id, nth) => rankKey(rankOf({ sum: nth, at: NOW }, 86_400_000), id));

  /** 128 KB of attributes and as much of interests, with characters that take more in a response than in the table. */
  const attributes = new Map([
    ['"\\\u0001'.repeat(16), JSON.stringify('\\'.repeat(32 * KB))],
    ['text', JSON.stringify('x'.repeat(60 * KB))],
  ]);
  const interests = Array.from({ length: 120 }, (_, nth) => ({
    location: `${nth}${'"'.repeat(250)}`,
    sum: 1,
  }));

  const aStage = () => {
    let read = 0;
    const { listContacts } = createReadContacts({
      companies: NO_COMPANIES,
      contacts: {
        get: async () => undefined,
        getMany: async (_orgId, wanted) => {
          const all = [...wanted].map((contactId) => aContact({ contactId, attributes }));
          read += all.length;
          return all;
        },
      },
      identities: {
        find: async () => foundOf([]),
        contactsOfShard: async (_orgId, shard, limit, after) => {
          const rest = ids.filter(
            (id) => shardOfContact(id) === shard && (after === undefined || id > after),
          );
          return { ids: rest.slice(0, limit), next: rest.length > limit ? rest[limit - 1] : undefined };
        },
      },
      standings: {
        get: async () => undefined,
        getMany: async (_orgId, wanted) =>
          [...wanted].map((contactId) => aStanding({ contactId, scoredAt: NOW, interests })),
        ranks: async (_orgId, limit, after) =>
          ranks
            .toReversed()
            .filter((rank) => after === undefined || rank < after)
            .slice(0, limit),
      },
      segments: { definitions: async () => someDefinitions() },
      now: () => NOW,
    });
    return {
      list: async (query: ApiRequest['query']) => listContacts(aRequest({ method: 'GET', query })),
      read: () => read,
    };
  };

  it.each([
    ['by shard', {}, ids],
    ['by engagement', { sort: 'engagementScore' }, ids.toReversed()],
  ])(
    'has each once on pages that fit, and reads few more than it returns: %s',
    async (_order, query, expected) => {
      const { list, read } = aStage();

      const pages = await readAll(list, query);

      expect(pages.flat().map(({ contactId }) => contactId)).toEqual(expected);
      expect(pages.length).toBeGreaterThan(5);
      expect(read()).toBeLessThan(ids.length + pages.length * 50);
    },
  );
});

describe('a list of the largest segments', () => {
  /** As long as a rule may be, of characters that take three bytes. */
  const leaf = { attribute: { name: 'plan', equals: '東'.repeat(1_000) } };
  const rule = v.parse(SegmentRuleSchema, { any: Array(47).fill(leaf) });
  const segments = Array.from({ length: MAX_SEGMENTS }, (_, nth) =>
    aSegment({ id: `seg_${String(nth).padStart(26, '0')}`, name: '東'.repeat(128), rule }),
  );

  it('has each once on pages that fit', async () => {
    const { call } = aSegmentStage({ segments, progress: EVALUATION });

    const pages = await readAll((query) => call('GET /v1/segments', { query }));

    expect(JSON.stringify(rule).length).toBeGreaterThan(0.97 * MAX_RULE_CHARACTERS);
    expect(pages.flat().map(({ id }) => id)).toEqual(segments.map(({ id }) => id));
    expect(pages.length).toBeGreaterThan(1);
  });

  it('is one page if the rules have as many nodes as they may, of ordinary length', async () => {
    const many = Array(MAX_NODES - 1).fill({ event: { kind: 'email', type: 'opened', within: '30d' } });
    const { call } = aSegmentStage({
      segments: segments.map((segment) => ({ ...segment, rule: v.parse(SegmentRuleSchema, { any: many }) })),
      progress: EVALUATION,
    });

    expect(await readAll((query) => call('GET /v1/segments', { query }))).toHaveLength(1);
  });
});

describe('a timeline of the largest events', () => {
  it('has each once on pages that fit', async () => {
    const metadata = JSON.stringify({ text: '\\'.repeat(190 * KB) });
    const events = Array.from({ length: 30 }, (_, nth) =>
      fromEventItem(toEventItem(ORG, SARAH_ID, anEvent({ occurredAt: NOW - nth * 1_000, metadata }))),
    );
    const read = createReadActivity({
      identities: { find: async () => foundOf([SARAH_ID]) },
      standings: { get: async () => undefined },
      events: {
        timeline: async (_orgId, _contactId, { limit, after }) => {
          const rest = events.filter(({ sk }) => after === undefined || positionOf(sk, SARAH_ID) < after);
          return {
            events: rest.slice(0, limit),
            next: rest.length > limit ? positionOf(rest[limit - 1]?.sk ?? '', SARAH_ID) : undefined,
          };
        },
      },
    });

    const pages = await readAll((query) =>
      read(aRequest({ method: 'GET', query, pathParameters: { contactId: SARAH_ID } })),
    );

    expect(pages.flat().map(({ occurredAt }) => Date.parse(occurredAt))).toEqual(
      events.map(({ occurredAt }) => occurredAt),
    );
    expect(pages.length).toBeGreaterThan(1);
  });
});

describe('a series', () => {
  /** A series of 10,000 hours with an event of so many types in each. */
  const readSeries = (types: number) => {
    const from = Date.parse('2024-01-01T00:00:00Z');
    const days = Array.from({ length: 416 }, (_, day) =>
      new Date(from + day * 86_400_000).toISOString().slice(0, 10),
    );
    const hours = new Map(Array.from({ length: 24 }, (_, hour) => [String(hour).padStart(2, '0'), 1]));
    const read = createReadAnalytics({
      nameRows: { rows: async () => [] },
      samples: { read: async () => [] },
      budget: aBudget,
      rollups: {
        generations: async () => ({
          epoch: 0,
          current: 0,
          latest: 0,
          building: undefined,
          checkUntil: 0,
        }),
        rows: async () =>
          days.flatMap((period) =>
            Array.from({ length: types }, (_, nth) => ({
              unit: 'hour' as const,
              period,
              type: `t${nth}`,
              counts: hours,
            })),
          ),
      },
    });
    const to = new Date(from + 416 * 86_400_000).toISOString();
    const query = { from: '2024-01-01', to, interval: 'hour' };
    return read(aRequest({ method: 'GET', query, pathParameters: { kind: 'location-interests' } }));
  };

  it('fits if it is not refused, although quotation marks take two bytes in a response', async () => {
    const answer = await readSeries(50);
    const error = await errorOf(readSeries(60));

    expect(resultBytes(answer)).toBeLessThan(MAX_RESULT_BYTES);
    expect(error).toMatchObject({ statusCode: 400, message: expect.stringContaining('too large') });
  });
});
