import { ORG_SHARDS } from '#shared/identities/shards.ts';
import { NOW, ORG } from '#test/support/builders.ts';
import { errorOf } from '#test/support/import-world.ts';
import { aSegment, bodyOf, SEGMENT_ID } from '#test/support/refresh-world.ts';
import { aSegmentStage, EVALUATION, ONE, RUNNING } from '#test/support/segments-stage.ts';

const RULE = { event: { kind: 'email', type: 'opened' } };
const AT = new Date(NOW).toISOString();

describe('creating a segment', () => {
  it('begins the job, stores the segment with it, and sends to the planner, in this order', async () => {
    const { call, journal, begun, stored, sent } = aSegmentStage({ progress: RUNNING });

    const answer = await call('POST /v1/segments', { body: { name: 'Openers', rule: RULE } });

    const { id } = bodyOf(answer);
    const jobId = begun[0]?.jobId;
    expect(journal).toEqual(['begin', 'put', 'send']);
    expect(begun).toEqual([{ jobId, total: undefined }]);
    expect(id).toMatch(/^seg_[0-9A-Z]{26}$/);
    expect(answer).toEqual({
      statusCode: 201,
      body: { id, name: 'Openers', rule: RULE, createdAt: AT, updatedAt: AT, evaluation: EVALUATION },
    });
    expect(stored.get(id)).toMatchObject({ name: 'Openers', rule: RULE, evaluationId: jobId });
    expect(sent).toEqual(
      Array.from({ length: ORG_SHARDS }, (_, shard) => ({
        orgId: ORG,
        jobId,
        of: { kind: 'everyone' },
        shard,
      })),
    );
  });

  it.each([
    [200, 409],
    [199, 201],
  ])('where there are %i answers %i', async (count, status) => {
    const segments = Array.from({ length: count }, (_, nth) => aSegment({ id: `seg_${nth}` }));
    const { call, journal } = aSegmentStage({ segments });

    const answer = call('POST /v1/segments', { body: { name: 'One more', rule: RULE } });

    if (status === 201) expect((await answer).statusCode).toBe(201);
    else {
      expect(await errorOf(answer)).toMatchObject({ statusCode: 409, code: 'conflict' });
      expect(journal).toEqual([]);
    }
  });
});

describe.each(['POST /v1/segments', `PUT ${ONE}`])('%s', (operation) => {
  const event = (fields: object) => ({
    name: 'x',
    rule: { all: [RULE, { event: { kind: 'email', ...fields } }] },
  });

  it.each([
    [{}, 'name is required'],
    [{ name: '', rule: RULE }, 'name must be a string of 1 to 128 characters'],
    [{ name: 'x' }, 'rule is required'],
    [{ name: 'x', rule: RULE, id: 'seg_2' }, 'id is not known'],
    [{ name: 'x', rule: {} }, 'rule must be an object with exactly one of'],
    [{ name: 'x', rule: { ...RULE, score: { atLeast: 1 } } }, 'rule must be an object with exactly one of'],
    [{ name: 'x', rule: { any: [] } }, 'rule.any must not be empty'],
    [{ name: 'x', rule: { not: { score: {} } } }, 'rule.not.score must have atLeast or atMost'],
    [event({ within: '30' }), 'rule.all[1].event.within must be a duration such as 30d'],
    [event({ type: 'forward' }), 'rule.all[1].event.type is not a known email event'],
    [event({ atLeast: 2, atMost: 1 }), 'rule.all[1].event.atMost must not be less than atLeast'],
    [event({ where: { plan: {} } }), 'rule.all[1].event.where.metadata.plan must have one of'],
    [event({ unheardOf: 1 }), 'rule.all[1].event.unheardOf is not known'],
  ])('answers 400 to %j, naming where', async (body, message) => {
    const { call, journal } = aSegmentStage({ segments: [aSegment()] });

    const error = await errorOf(call(operation, { id: SEGMENT_ID, body }));

    expect(error).toMatchObject({ statusCode: 400, message: expect.stringContaining(message) });
    expect(journal).toEqual([]);
  });
});

describe('changing a segment', () => {
  it('keeps its id and beginning, and has everyone evaluated again', async () => {
    const { call, journal, begun, stored, sent } = aSegmentStage({
      segments: [aSegment()],
      progress: RUNNING,
    });
    const rule = { score: { atLeast: 3 } };

    const answer = await call(`PUT ${ONE}`, { id: SEGMENT_ID, body: { name: 'Keen', rule } });

    const createdAt = aSegment().createdAt;
    expect(journal).toEqual(['begin', 'put', 'send']);
    expect(answer).toEqual({
      statusCode: 200,
      body: { id: SEGMENT_ID, name: 'Keen', rule, createdAt, updatedAt: AT, evaluation: EVALUATION },
    });
    expect(stored.get(SEGMENT_ID)?.evaluationId).toBe(begun[0]?.jobId);
    expect(sent).toHaveLength(ORG_SHARDS);
  });

  it('that is deleted meanwhile answers 404 and has nobody evaluated', async () => {
    const { call, stored, sent } = aSegmentStage({ segments: [aSegment()] });
    const answer = call(`PUT ${ONE}`, { id: SEGMENT_ID, body: { name: 'Keen', rule: RULE } });
    stored.delete(SEGMENT_ID);

    expect(await errorOf(answer)).toMatchObject({ statusCode: 404 });
    expect(sent).toEqual([]);
  });
});

describe('deleting a segment', () => {
  it('begins the job, deletes, and has the members refreshed, in this order', async () => {
    const { call, journal, stored, sent } = aSegmentStage({ segments: [aSegment()] });

    const answer = await call(`DELETE ${ONE}`, { id: SEGMENT_ID });

    expect(answer.statusCode).toBe(204);
    expect(journal).toEqual(['begin', 'remove', 'send']);
    expect(stored.size).toBe(0);
    expect(sent.map(({ of, shard }) => [of, shard])).toEqual(
      Array.from({ length: ORG_SHARDS }, (_, shard) => [{ kind: 'members', segmentId: SEGMENT_ID }, shard]),
    );
  });
});

describe.each([`GET ${ONE}`, `PUT ${ONE}`, `DELETE ${ONE}`, `GET ${ONE}/members`])('%s', (operation) => {
  it('answers 404 where there is no such segment, and sends nothing', async () => {
    const { call, sent } = aSegmentStage();

    const error = await errorOf(call(operation, { id: SEGMENT_ID, body: { name: 'x', rule: RULE } }));

    expect(error).toMatchObject({ statusCode: 404, message: 'Segment not found' });
    expect(sent).toEqual([]);
  });
});
