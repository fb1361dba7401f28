import { createScoring } from '#functions/define/scoring/handler.ts';
import { serve } from '#shared/contract/operation.ts';
import { SCORING } from '#shared/contract/operations/scoring.ts';
import type { PlanMessage } from '#shared/jobs/messages.ts';
import { DEFAULT_SCORING } from '#shared/scoring/scoring-settings.ts';
import type { StoredScoring } from '#shared/scoring/scoring-store.ts';
import { aRequest, NOW, ORG } from '#test/support/builders.ts';
import { errorOf } from '#test/support/import-world.ts';
import { aJobTable, aStarter } from '#test/support/job-table.ts';
import { aQueue, bodyOf } from '#test/support/refresh-world.ts';

const aStage = () => {
  const journal: string[] = [];
  const stored = new Map<string, StoredScoring>();
  const table = aJobTable();
  const { sent, queue } = aQueue<PlanMessage>(() => journal.push('send'));
  const operations = createScoring({
    scoring: {
      get: async (orgId) => stored.get(orgId) ?? { settings: DEFAULT_SCORING, refreshId: undefined },
      put: async (orgId, scoring) => {
        journal.push('put');
        stored.set(orgId, scoring);
      },
    },
    starter: aStarter(table, queue, journal),
    now: () => NOW,
  });
  const call = (operation: string, body: string = '{}') => {
    const [method, route] = operation.split(' ') as [string, string];
    return serve(SCORING, operations)(aRequest({ method, route, body }));
  };
  return { call, journal, stored, table, sent };
};

describe('scoring', () => {
  it('has the defaults until an organisation sets it', async () => {
    const { call } = aStage();

    expect(await call('GET /v1/scoring')).toEqual({ statusCode: 200, body: DEFAULT_SCORING });
  });

  it('when set creates a job, stores the settings, and notifies the planner, in this order', async () => {
    const { call, journal, stored, table, sent } = aStage();
    const body = {
      halfLives: { engagement: '7d' },
      weights: { 'email.opened': 2, 'location-history.gps': 0 },
      track: { purchased: 10 },
    };

    const answer = await call('PUT /v1/scoring', JSON.stringify(body));

    const settings = {
      halfLives: { engagement: '7d', locationInterest: '30d' },
      weights: { ...DEFAULT_SCORING.weights, ...body.weights },
      track: { purchased: 10 },
      trackDefault: 1,
    };
    const [refreshId = ''] = table.jobIds();
    expect(journal).toEqual(['create', 'put', 'send']);
    expect(table.view(ORG, refreshId).job).toMatchObject({ kind: 'everyone', ofEveryone: true });
    expect(answer).toEqual({ statusCode: 200, body: { ...settings, refreshId } });
    expect(stored.get(ORG)).toEqual({ settings, refreshId });
    expect(sent).toEqual([{ orgId: ORG, jobId: refreshId }]);
  });

  it('when set again cancels the previous refresh', async () => {
    const { call, table } = aStage();

    await call('PUT /v1/scoring', '{"halfLives":{"engagement":"7d"}}');
    await call('PUT /v1/scoring', '{"halfLives":{"engagement":"8d"}}');

    const [first = '', second = ''] = table.jobIds();
    expect(table.view(ORG, first).job).toMatchObject({ state: 'cancelled', supersededBy: second });
    expect(await table.everyone.list(ORG)).toEqual([second]);
  });

  it('when set to an empty object has the defaults again', async () => {
    const { call } = aStage();
    await call('PUT /v1/scoring', '{"halfLives":{"engagement":"7d"}}');

    await call('PUT /v1/scoring');

    expect(bodyOf(await call('GET /v1/scoring'))).toEqual(DEFAULT_SCORING);
  });

  it.each([
    ['{"halfLives":{"engagement":"59m"}}', 'halfLives.engagement must be at least 1h'],
    ['{"halfLives":{"engagement":30}}', 'halfLives.engagement must be a duration such as 30d'],
    ['{"halfLives":{"interest":"1d"}}', 'halfLives.interest is not known'],
    ['{"halfLives":[]}', 'halfLives must be an object'],
    ['{"weights":{"email.forward":1}}', 'weights.email.forward is not a known event'],
    ['{"weights":{"__proto__":1}}', 'weights.__proto__ is not a known event'],
    [
      '{"weights":{"track.purchased":1}}',
      'weights.track.purchased is not known: the weights of named events are in the field track',
    ],
    ['{"track":{"purchased":"1"}}', 'track.purchased must be a number from -1000 to 1000'],
    ['{"trackDefault":"1"}', 'trackDefault must be a number from -1000 to 1000'],
    ['{"weights":{"email.opened":"1"}}', 'weights.email.opened must be a number from -1000 to 1000'],
    ['{"weights":{"email.opened":1e400}}', 'weights.email.opened must be a number from -1000 to 1000'],
    ['{"weight":{}}', 'weight is not known'],
    ['{"weights":{"web.\\ud800":1}}', 'weights.web.\ud800 must be text without lone surrogates'],
    ['[]', 'The body must be a JSON object'],
  ])('answers 400 to %s, with the path of the error', async (body, message) => {
    const { call, journal } = aStage();

    const error = await errorOf(call('PUT /v1/scoring', body));

    expect(error).toMatchObject({ statusCode: 400, message: expect.stringContaining(message) });
    expect(journal).toEqual([]);
  });
});
