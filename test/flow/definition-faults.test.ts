import { ENV, OUTPUT } from '#shared/deployment/names.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import { refreshNamed } from '#shared/refresh/start.ts';
import type { Member } from '#shared/segments/segment-store.ts';
import type { Answer, TestOrg } from '#test/support/api.ts';
import { sometimes } from '#test/support/fault-plans.ts';
import { type FaultyRefreshes, startFaultyRefreshes } from '#test/support/faulty-refreshes.ts';
import { copyFunction, deleteFunction, invokeAsApi } from '#test/support/functions.ts';
import { newOrgWith } from '#test/support/imports.ts';
import { stackJobTable } from '#test/support/jobs-stage.ts';
import { allOf, importEvents, profileOf, segmentEvaluated, settled } from '#test/support/refreshes.ts';
import { rowsOf, tableName } from '#test/support/tables.ts';
import { until } from '#test/support/until.ts';

const EMAILS = Array.from({ length: 40 }, (_, nth) => `contact-${nth}@example.com`);
const DAY = 86_400_000;
const NOW = Date.now();

const OPENED = { event: { kind: 'email', type: 'opened', atLeast: 2 } };
const CLICKED = { event: { kind: 'email', type: 'clicked' } };
const KEEN = { score: { atLeast: 3 } };
const SCORING = { halfLives: { engagement: '7d' }, weights: { 'email.clicked': 9 } };
const SEGMENT = '/v1/segments/{segmentId}';

let faulty: FaultyRefreshes;
let segments: string;
let scoring: string;
beforeAll(async () => {
  faulty = await startFaultyRefreshes(20251201);
  const environment = {
    AWS_ENDPOINT_URL_DYNAMODB: faulty.proxy.endpoint,
    [ENV.planQueueUrl]: faulty.planner.url,
  };
  segments = await copyFunction('define/segments', environment);
  scoring = await copyFunction('define/scoring', environment);
}, 40_000);
afterAll(async () => {
  await Promise.all([deleteFunction(segments), deleteFunction(scoring)]);
  await faulty.stop();
});

/** An organisation of contacts that opened up to three emails, a third of which also clicked. */
const anOrg = async (): Promise<TestOrg> => {
  const org = await newOrgWith(...EMAILS);
  const eventOf = (email: string, type: string, at: number) =>
    ({ email, kind: 'email', type, occurredAt: NOW - DAY - at }) as const;
  await importEvents(
    org,
    EMAILS.flatMap((email, nth) => [
      ...Array.from({ length: nth % 4 }, (_, at) => eventOf(email, 'opened', at)),
      ...(nth % 3 === 0 ? [eventOf(email, 'clicked', 9)] : []),
    ]),
  );
  return org;
};

const memberCount = async (org: TestOrg, id: string): Promise<number> =>
  (await allOf<Member>(org, `/v1/segments/${id}/members`)).length;

/** Creates, changes and deletes segments, sets the scoring, and refreshes contacts. @returns everything that users see */
const use = async (org: TestOrg) => {
  const answers: Answer[] = [];
  const call = async (name: string, request: Parameters<typeof invokeAsApi>[2]): Promise<Answer> => {
    const answer = await invokeAsApi(name, org, request);
    answers.push(answer);
    return answer;
  };
  const create = async (name: string, rule: object): Promise<string> =>
    (await call(segments, { method: 'POST', route: '/v1/segments', body: { name, rule } })).body.id;

  const ids = await Promise.all([
    create('Openers', OPENED),
    create('Clickers', CLICKED),
    create('Keen', KEEN),
    create('Sleepers', { not: OPENED }),
  ]);
  const [openers = '', clickers = '', keen = '', sleepers = ''] = ids;
  for (const id of ids) await segmentEvaluated(org, id);
  const change = (segmentId: string, name: string, rule: object) =>
    call(segments, { method: 'PUT', route: SEGMENT, pathParameters: { segmentId }, body: { name, rule } });
  const [, scored] = await Promise.all([
    change(openers, 'Opened or clicked', { any: [OPENED, CLICKED] }),
    call(scoring, { method: 'PUT', route: '/v1/scoring', body: SCORING }),
    change(clickers, 'Clicked', CLICKED),
    call(segments, { method: 'DELETE', route: SEGMENT, pathParameters: { segmentId: sleepers } }),
  ]);
  const evaluations = [];
  for (const id of [openers, clickers, keen]) evaluations.push(await segmentEvaluated(org, id));
  const rescored = await settled(org, scored?.body.refreshId);
  const deps = {
    ...stackJobTable(),
    workers: faulty.worker.sender,
    planner: faulty.planner.sender,
    now: Date.now,
  };
  const contactIds = EMAILS.map((email) => contactIdOf(org.orgId, email));
  const refreshed = await settled(
    org,
    await refreshNamed(deps, org.orgId, contactIds, { consistent: false }),
  );
  const names = (profile: { segments: { name: string }[] }) =>
    profile.segments.map(({ name }) => name).sort();
  const rows = () => rowsOf(org, tableName(OUTPUT.membersTable));
  await until('the rows of the deleted segment are removed', async () =>
    (await rows()).every((row) => !row.includes(sleepers)),
  );

  const profiles = [];
  for (const email of EMAILS) profiles.push(await profileOf(org, email));
  return {
    statuses: answers.map(({ status }) => status).sort(),
    progress: [...evaluations, rescored, refreshed].map(({ status, total, done, failed }) => ({
      status,
      total,
      done,
      failed,
    })),
    segments: (await allOf<{ name: string }>(org, '/v1/segments')).map(({ name }) => name).sort(),
    members: await Promise.all([openers, clickers, keen].map((id) => memberCount(org, id))),
    ofContacts: profiles.map((profile) => ({ segments: names(profile), stale: profile.stale })),
    scores: profiles.map(({ engagementScore }): number => engagementScore),
    scoring: (await org.get('/v1/scoring')).body,
  };
};

describe('if 30% of the writes meet a transaction', () => {
  it('segments, scoring, refreshes and counts are the same as without, with no failed request and no dead letter', async () => {
    const [calm, contended] = [await anOrg(), await anOrg()];
    faulty.proxy.plan(contended.orgId, sometimes('conflict'));

    const expected = await use(calm);
    const seen = await use(contended);

    expect(faulty.proxy.faultsOf(contended.orgId)).toBeGreaterThan(50);
    const { scores, ...rest } = seen;
    const { scores: expectedScores, ...expectedRest } = expected;
    expect(rest).toEqual(expectedRest);
    for (const [nth, score] of scores.entries()) expect(score).toBeCloseTo(expectedScores[nth] as number, 2);
    expect(seen.statuses).toEqual([200, 200, 200, 201, 201, 201, 201, 204]);
    const completed = { status: 'completed', total: EMAILS.length, done: EMAILS.length, failed: 0 };
    expect(seen.progress).toEqual(Array(5).fill(completed));
    expect(seen.members.every((count) => count > 0)).toBe(true);
    expect(await faulty.deadLetters()).toBe(0);
  }, 240_000);
});
