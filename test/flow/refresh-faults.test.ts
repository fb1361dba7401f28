import { setTimeout as sleep } from 'node:timers/promises';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import { createJobStarter } from '#shared/jobs/starter.ts';
import { refreshEveryone, refreshNamed } from '#shared/refresh/start.ts';
import type { TestOrg } from '#test/support/api.ts';
import { ALL_FAULTS, sometimes } from '#test/support/fault-plans.ts';
import type { FaultProxy } from '#test/support/fault-proxy.ts';
import { type FaultyRefreshes, startFaultyRefreshes } from '#test/support/faulty-refreshes.ts';
import { newOrgWith } from '#test/support/imports.ts';
import { stackJobTable } from '#test/support/jobs-stage.ts';
import { allOf, importEvents, profileOf, REFRESH, settled } from '#test/support/refreshes.ts';
import { until } from '#test/support/until.ts';

/** Three messages of a job. */
const EMAILS = Array.from({ length: 60 }, (_, nth) => `contact-${nth}@example.com`);
const SLOW = EMAILS[27] as string;
const DAY = 86_400_000;

/** The time of a copied worker for a batch, in ms: short, so that failures occur soon. */
const WORK_MS = 4_000;

let faulty: FaultyRefreshes;
let proxy: FaultProxy;
beforeAll(async () => {
  faulty = await startFaultyRefreshes(20251124, WORK_MS);
  proxy = faulty.proxy;
}, 30_000);
afterAll(() => faulty.stop());

/** An organisation of contacts that opened one, two or three emails a day ago. */
const anOrg = async (): Promise<TestOrg> => {
  const org = await newOrgWith(...EMAILS);
  const occurredAt = Date.now() - DAY;
  const opens = EMAILS.flatMap((email, nth) =>
    Array.from({ length: 1 + (nth % 3) }, (_, at) => ({
      email,
      kind: 'email' as const,
      type: 'opened',
      occurredAt: occurredAt - at,
    })),
  );
  await importEvents(org, opens);
  return org;
};

const jobDeps = () => ({
  ...stackJobTable(),
  workers: faulty.worker.sender,
  planner: faulty.planner.sender,
  now: Date.now,
});

/** Starts a job as the API does, with the queue whose worker experiences faults. */
const start = (org: TestOrg): Promise<string> =>
  refreshNamed(
    jobDeps(),
    org.orgId,
    EMAILS.map((email) => contactIdOf(org.orgId, email)),
    { consistent: false },
  );

const expectScores = async (org: TestOrg): Promise<void> => {
  const contacts = await allOf<{ email: string; engagementScore: number }>(org, '/v1/contacts');
  const scores = new Map(contacts.map(({ email, engagementScore }) => [email, engagementScore]));
  for (const [nth, email] of EMAILS.entries()) {
    expect(scores.get(email)).toBeCloseTo((1 + (nth % 3)) * 2 ** (-1 / 30), 3);
  }
};

const expectNoDeadLetters = async (): Promise<void> => {
  expect(await faulty.deadLetters()).toBe(0);
};

const completed = (refreshId: string) => ({
  refreshId,
  status: 'completed',
  total: EMAILS.length,
  done: EMAILS.length,
  failed: 0,
});

describe.each([
  ...ALL_FAULTS.map((fault) => [fault, [fault]] as const),
  ['all of these', ALL_FAULTS] as const,
])('if calls fail: %s', (_name, faults) => {
  it('a job is completed, with correct scores and no dead letters', async () => {
    const org = await anOrg();
    proxy.plan(org.orgId, sometimes(...faults));

    const refreshId = await start(org);
    const progress = await settled(org, refreshId);

    expect(proxy.faultsOf(org.orgId)).toBeGreaterThan(0);
    expect(progress).toEqual(completed(refreshId));
    await expectScores(org);
    await expectNoDeadLetters();
  }, 40_000);
});

it('a job over all contacts is planned and completed while calls of DynamoDB and SQS fail in all ways', async () => {
  const org = await anOrg();
  const operations = new Set<string>();
  const plan = sometimes(...ALL_FAULTS);
  proxy.plan(org.orgId, (call, random) => {
    // Only a few messages are sent, so by chance none of them might fail.
    const isFirstSent = call.operation === 'SendMessageBatch' && !operations.has(call.operation);
    const fault = isFirstSent ? 'reset-after' : plan(call, random);
    if (fault !== undefined) operations.add(call.operation);
    return fault;
  });

  const starter = createJobStarter(jobDeps());
  const keeping = { store: async () => {}, undo: async () => {} };
  const refreshId = await refreshEveryone({ starter, now: Date.now }, org.orgId, keeping);
  const progress = await settled(org, refreshId);

  expect([...operations]).toContain('SendMessageBatch');
  expect(progress).toEqual(completed(refreshId));
  await expectScores(org);
  await expectNoDeadLetters();
}, 40_000);

it('a job waits during an outage of DynamoDB, and continues automatically', async () => {
  const org = await anOrg();
  let calls = 0;
  let outUntil = Number.POSITIVE_INFINITY;
  const isOutage = () => calls > 20 && Date.now() < outUntil;
  proxy.plan(org.orgId, () => {
    calls += 1;
    return isOutage() ? 'server-error' : undefined;
  });

  const refreshId = await start(org);
  await until('the outage begins', async () => isOutage(), 10_000);
  // Longer than the worker's time for a batch: its messages fail and are delivered again.
  await sleep(WORK_MS + 1_000);
  const during = await org.get(`${REFRESH}/${refreshId}`);
  outUntil = Date.now();
  const progress = await settled(org, refreshId);

  expect(during.body).toMatchObject({ status: 'running', failed: 0 });
  expect(progress).toEqual(completed(refreshId));
  await expectScores(org);
  await expectNoDeadLetters();
}, 60_000);

it.each(['hang', 'endless'] as const)(
  'a contact whose history does not end (%s) fails alone, and succeeds once it does',
  async (fault) => {
    const org = await anOrg();
    const contactId = contactIdOf(org.orgId, SLOW);
    let isMended = false;
    proxy.plan(org.orgId, ({ operation, body }) =>
      !isMended && operation === 'Query' && body.includes(contactId) ? fault : undefined,
    );

    const refreshId = await start(org);
    const progress = async () => (await org.get(`${REFRESH}/${refreshId}`)).body;
    await until('all others are done', async () => (await progress()).done === 59, 30_000);
    const before = await progress();
    const slow = await profileOf(org, SLOW);
    isMended = true;
    const after = await settled(org, refreshId);

    expect(before).toEqual({ refreshId, status: 'running', total: 60, done: 59, failed: 0 });
    expect(slow).toMatchObject({ engagementScore: 0, scoredAt: null });
    expect(after).toEqual(completed(refreshId));
    await expectScores(org);
    await expectNoDeadLetters();
  },
  60_000,
);
