import { NOW, ORG } from '#test/support/builders.ts';
import { errorOf } from '#test/support/import-world.ts';
import { aSegment, bodyOf, SEGMENT_ID } from '#test/support/refresh-world.ts';
import { aSegmentStage, EVALUATION, ONE } from '#test/support/segments-stage.ts';

const RULE = { event: { kind: 'email', type: 'opened' } };
const AT = new Date(NOW).toISOString();

describe('creating a segment', () => {
  it('creates the job, stores the segment with it, and notifies the planner, in this order', async () => {
    const { call, journal, table, stored, sent } = aSegmentStage({ progress: EVALUATION });

    const answer = await call('POST /v1/segments', { body: { name: 'Openers', rule: RULE } });

    const { id } = bodyOf(answer);
    const [jobId = ''] = table.jobIds();
    expect(journal).toEqual(['create', 'create segment', 'send']);
    expect(table.view(ORG, jobId).job).toMatchObject({
      kind: 'everyone',
      state: 'running',
      ofEveryone: true,
    });
    expect(id).toMatch(/^seg_[0-9A-Z]{26}$/);
    expect(answer).toEqual({
      statusCode: 201,
      body: { id, name: 'Openers', rule: RULE, createdAt: AT, updatedAt: AT, evaluation: EVALUATION },
    });
    expect(stored.get(id)).toMatchObject({ name: 'Openers', rule: RULE, evaluationId: jobId });
    expect(sent).toEqual([{ orgId: ORG, jobId }]);
  });

  it.each([
    [200, 409],
    [199, 201],
  ])('when there are %i answers %i', async (count, status) => {
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

describe('creating a segment without learning whether it is stored', () => {
  it('undoes it, and answers 503 with what to do before sending the request again', async () => {
    const { call, stored, sent, table } = aSegmentStage({ losesResponse: true });

    const answer = call('POST /v1/segments', { body: { name: 'Openers', rule: RULE } });

    expect(await errorOf(answer)).toMatchObject({
      statusCode: 503,
      message: expect.stringContaining('list the segments before'),
    });
    expect([stored.size, sent.length]).toEqual([0, 0]);
    expect(await table.everyone.list(ORG)).toEqual([]);
  });
});

describe('creating a segment while other requests create the last ones that are allowed', () => {
  it('answers 409, and evaluates no contact', async () => {
    const { call, stored, sent, table } = aSegmentStage({ isFull: true });

    const answer = call('POST /v1/segments', { body: { name: 'One more', rule: RULE } });

    expect(await errorOf(answer)).toMatchObject({ statusCode: 409, code: 'conflict' });
    expect([stored.size, sent.length]).toEqual([0, 0]);
    expect(await table.everyone.list(ORG)).toEqual([]);
  });
});

describe('while ten refreshes of all contacts are running', () => {
  const body = { name: 'One more', rule: RULE };

  const aBusyStage = async () => {
    const stage = aSegmentStage();
    for (let nth = 0; nth < 10; nth++) await stage.call('POST /v1/segments', { body });
    return { ...stage, running: stage.table.jobIds() };
  };

  it('another segment is rejected with 429, which lists them, and is not stored', async () => {
    const { call, running, stored, sent } = await aBusyStage();

    const error = await errorOf(call('POST /v1/segments', { body }));

    expect(error).toMatchObject({
      statusCode: 429,
      code: 'too_many_requests',
      headers: { 'Retry-After': '60' },
      message: expect.stringContaining(running.toSorted().join(', ')),
    });
    expect([stored.size, sent.length]).toEqual([10, 10]);
  });

  it('a change of a segment replaces the evaluation of the segment', async () => {
    const { call, stored, running, table } = await aBusyStage();
    const [id = ''] = stored.keys();

    const answer = await call(`PUT ${ONE}`, { id, body });

    expect(answer.statusCode).toBe(200);
    expect(table.view(ORG, running[0] ?? '').job.state).toBe('cancelled');
    expect(await table.everyone.list(ORG)).toHaveLength(10);
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
    [
      { name: ' \t\n\u00a0', rule: RULE },
      'name must be a string of 1 to 128 characters, not only white space',
    ],
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
    [{ name: 'Openers \ud83d', rule: RULE }, 'name must be text without lone surrogates'],
    [event({ type: '\udc00' }), 'rule.all[1].event.type must be text without lone surrogates'],
    [event({ ['x'.repeat(255)]: 1 }), `rule.all[1].event.${'x'.repeat(254)} is not known`],
  ])('answers 400 to %j, with the path of the error', async (body, message) => {
    const { call, journal } = aSegmentStage({ segments: [aSegment()] });

    const error = await errorOf(call(operation, { id: SEGMENT_ID, body }));

    expect(error).toMatchObject({ statusCode: 400, message: expect.stringContaining(message) });
    expect(journal).toEqual([]);
  });
});

describe('changing a segment', () => {
  it('keeps its id and creation time, and evaluates all contacts again', async () => {
    const { call, journal, table, stored, sent } = aSegmentStage({
      segments: [aSegment()],
      progress: EVALUATION,
    });
    const rule = { score: { atLeast: 3 } };

    const answer = await call(`PUT ${ONE}`, { id: SEGMENT_ID, body: { name: 'Keen', rule } });

    const createdAt = aSegment().createdAt;
    expect(journal).toEqual(['create', 'replace segment', 'send']);
    expect(answer).toEqual({
      statusCode: 200,
      body: { id: SEGMENT_ID, name: 'Keen', rule, createdAt, updatedAt: AT, evaluation: EVALUATION },
    });
    const [jobId] = table.jobIds();
    expect(stored.get(SEGMENT_ID)?.evaluationId).toBe(jobId);
    expect(sent).toEqual([{ orgId: ORG, jobId }]);
  });

  it('again cancels the previous evaluation, which then reports the progress of the new one', async () => {
    const { call, table } = aSegmentStage({ segments: [aSegment()] });

    await call(`PUT ${ONE}`, { id: SEGMENT_ID, body: { name: 'Keen', rule: RULE } });
    await call(`PUT ${ONE}`, { id: SEGMENT_ID, body: { name: 'Keener', rule: RULE } });

    const [first = '', second = ''] = table.jobIds();
    expect(table.view(ORG, first).job).toMatchObject({ state: 'cancelled', supersededBy: second });
    expect(await table.everyone.list(ORG)).toEqual([second]);
  });

  it('that is deleted at the same time answers 404 and evaluates no contact', async () => {
    const { call, stored, sent, table } = aSegmentStage({ segments: [aSegment()] });
    const answer = call(`PUT ${ONE}`, { id: SEGMENT_ID, body: { name: 'Keen', rule: RULE } });
    stored.delete(SEGMENT_ID);

    expect(await errorOf(answer)).toMatchObject({ statusCode: 404 });
    expect(sent).toEqual([]);
    expect(await table.everyone.list(ORG)).toEqual([]);
  });
});

describe('deleting a segment', () => {
  it('creates the job, deletes the segment, and has the members refreshed, in this order', async () => {
    const { call, journal, stored, sent, table } = aSegmentStage({ segments: [aSegment()] });

    const answer = await call(`DELETE ${ONE}`, { id: SEGMENT_ID });

    expect(answer.statusCode).toBe(204);
    expect(journal).toEqual(['create', 'remove segment', 'send']);
    expect(stored.size).toBe(0);
    const [jobId = ''] = table.jobIds();
    expect(table.view(ORG, jobId).job).toMatchObject({
      kind: 'members',
      parameters: { segmentId: SEGMENT_ID },
      ofEveryone: false,
    });
    expect(sent).toEqual([{ orgId: ORG, jobId }]);
  });
});

describe.each([`GET ${ONE}`, `PUT ${ONE}`, `DELETE ${ONE}`, `GET ${ONE}/members`])('%s', (operation) => {
  it('answers 404 if the segment does not exist, and sends nothing', async () => {
    const { call, sent } = aSegmentStage();

    const error = await errorOf(call(operation, { id: SEGMENT_ID, body: { name: 'x', rule: RULE } }));

    expect(error).toMatchObject({ statusCode: 404, message: 'Segment not found' });
    expect(sent).toEqual([]);
  });
});
