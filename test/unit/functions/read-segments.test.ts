import { encodeCursor } from '#shared/http/paging.ts';
import { ORG_SHARDS } from '#shared/identities/shards.ts';
import type { StoredSegment } from '#shared/segments/segment.ts';
import { NOW } from '#test/support/builders.ts';
import { errorOf } from '#test/support/import-world.ts';
import { aSegment, bodyOf, SEGMENT_ID } from '#test/support/refresh-world.ts';
import { aSegmentStage, EVALUATION, ONE } from '#test/support/segments-stage.ts';

const AT = new Date(NOW).toISOString();
const CONTACT = 'c_AAAAAAAAAAAAAAAA';

describe('reading segments', () => {
  it('returns the progress of the evaluation', async () => {
    const { call } = aSegmentStage({ segments: [aSegment()], progress: EVALUATION });

    expect(bodyOf(await call(`GET ${ONE}`, { id: SEGMENT_ID }))).toMatchObject({
      id: SEGMENT_ID,
      evaluation: EVALUATION,
    });
  });

  it('returns the progress of the evaluations in a list', async () => {
    const { call } = aSegmentStage({ segments: [aSegment()], progress: EVALUATION });

    const { items } = bodyOf(await call('GET /v1/segments'));

    expect(items).toEqual([expect.objectContaining({ id: SEGMENT_ID, evaluation: EVALUATION })]);
  });

  it('returns an evaluation whose job has expired as completed', async () => {
    const { call } = aSegmentStage({ segments: [aSegment()] });

    const [one, list] = [await call(`GET ${ONE}`, { id: SEGMENT_ID }), await call('GET /v1/segments')];

    expect(bodyOf(one).evaluation.status).toBe('completed');
    expect(bodyOf(list).items[0].evaluation.status).toBe('completed');
  });

  it('returns each once, page by page, in the order of creation', async () => {
    const ids = ['1', '2', '3', '4', '5'].map((nth) => `seg_${nth.padStart(26, '0')}`);
    const { call } = aSegmentStage({ segments: ids.map((id) => aSegment({ id })) });

    const seen: string[][] = [];
    let cursor: string | null = null;
    do {
      const query: object = cursor === null ? { limit: '2' } : { limit: '2', cursor };
      const page = bodyOf(await call('GET /v1/segments', { query }));
      seen.push(page.items.map(({ id }: StoredSegment) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);

    expect(seen).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
  });
});

describe('reading members', () => {
  const path = `GET ${ONE}/members`;

  it('begins at the first shard, and returns a cursor to the next page', async () => {
    const members = [{ contactId: CONTACT, enteredAt: AT }];
    const page = { items: members, next: [2, CONTACT] } as const;
    const { call, pageRequests } = aSegmentStage({ segments: [aSegment()], members: page });

    const answer = await call(path, { id: SEGMENT_ID, query: { limit: '1' } });
    await call(path, { id: SEGMENT_ID, query: { cursor: bodyOf(answer).nextCursor } });

    expect(bodyOf(answer).items).toEqual(members);
    expect(pageRequests).toEqual([
      { limit: 1, from: [0, null] },
      { limit: 50, from: [2, CONTACT] },
    ]);
  });

  it.each([
    ['limit', '0'],
    ['limit', '201'],
    ['cursor', 'nonsense'],
    ['cursor', encodeCursor(SEGMENT_ID)],
    ['cursor', encodeCursor([ORG_SHARDS, null])],
    ['cursor', encodeCursor([0])],
    ['cursor', encodeCursor([0, 7])],
    ['cursor', encodeCursor([0, 'c_1'])],
  ])('answers 400 to the %s %s', async (name, value) => {
    const { call, pageRequests } = aSegmentStage({ segments: [aSegment()] });

    const error = await errorOf(call(path, { id: SEGMENT_ID, query: { [name]: value } }));

    expect(error).toMatchObject({ statusCode: 400, message: expect.stringContaining(name) });
    expect(pageRequests).toEqual([]);
  });
});
