import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDynamoClient, type Item } from '#shared/aws/dynamodb.ts';
import { createQueueSender, createSqsClient } from '#shared/aws/sqs.ts';
import { createCompanyStore } from '#shared/companies/company-store.ts';
import { ENV, OUTPUT } from '#shared/deployment/names.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import { createIdentityStore } from '#shared/identities/identity-store.ts';
import { resumeJob } from '#shared/jobs/control.ts';
import { newJob } from '#shared/jobs/job.ts';
import { createJobStore } from '#shared/jobs/job-store.ts';
import type { PlanMessage } from '#shared/jobs/messages.ts';
import { newPage } from '#shared/jobs/page.ts';
import { createAdvance } from '#shared/jobs/planner.ts';
import { createJobReader } from '#shared/jobs/reader.ts';
import { cancelJob } from '#shared/jobs/starter.ts';
import { createRefreshKinds, REFRESH_KINDS } from '#shared/refresh/kinds.ts';
import type { RefreshMessage } from '#shared/refresh/messages.ts';
import { refreshNamed } from '#shared/refresh/start.ts';
import { DEFAULT_SCORING } from '#shared/scoring/scoring-settings.ts';
import { createScoringStore } from '#shared/scoring/scoring-store.ts';
import { createSegmentStore } from '#shared/segments/segment-store.ts';
import { newId } from '#shared/time/ids.ts';
import { newOrg, type TestOrg, testStack } from '#test/support/api.ts';
import { newOrgWith } from '#test/support/imports.ts';
import { asked, stackJobTable, WINDOW } from '#test/support/jobs-stage.ts';
import { aQueue } from '#test/support/refresh-world.ts';
import { REFRESH, sendToWorkers, settled, versionOf } from '#test/support/refreshes.ts';
import { stackDynamo, tableName } from '#test/support/tables.ts';
import { createTestQueue, startTestQueue } from '#test/support/test-queue.ts';
import { until } from '#test/support/until.ts';

const RULE = { event: { kind: 'email', type: 'opened' } };

/** A refresh of all contacts that stays idle, since the planner is not notified of it. */
const aRefreshAtRest = async (org: TestOrg): Promise<string> => {
  const { jobs, everyone } = stackJobTable();
  const job = { orgId: org.orgId, id: newId('ref', Date.now), kind: REFRESH_KINDS.everyone, parameters: {} };
  await jobs.create({ job: newJob({ ...job, ofEveryone: true }, Date.now()), pages: [] }, new Map());
  await everyone.enter(org.orgId, job.id, undefined);
  return job.id;
};

const planQueue = () =>
  createQueueSender<PlanMessage>(createSqsClient(), testStack().outputs[OUTPUT.planQueueUrl] as string);

describe('while ten refreshes of all contacts are running', () => {
  it('another is rejected with 429, which lists them, and is accepted once one of them has ended', async () => {
    const org = await newOrg();
    const running: string[] = [];
    for (let nth = 0; nth < 10; nth++) running.push(await aRefreshAtRest(org));

    const [segment, scoring] = await Promise.all([
      org.post('/v1/segments', { name: 'One more', rule: RULE }),
      org.put('/v1/scoring', {}),
    ]);
    const { jobs } = stackJobTable();
    await jobs.cancel(org.orgId, running[4] as string, undefined);
    const later = await org.post('/v1/segments', { name: 'One more', rule: RULE });

    for (const { status, headers, body } of [segment, scoring]) {
      expect([status, body.error.code, headers.get('retry-after')]).toEqual([429, 'too_many_requests', '60']);
      expect(body.error.message).toContain(running.toSorted().join(', '));
    }
    expect(later.status).toBe(201);
    expect((await org.get('/v1/segments')).body.items).toHaveLength(1);
  }, 30_000);
});

const aCancelledJob = async (org: TestOrg): Promise<string> => {
  const jobId = await aRefreshAtRest(org);
  await cancelJob(stackJobTable(), org.orgId, jobId);
  return jobId;
};

describe('a superseded refresh', () => {
  it('is cancelled, and reports the progress of the new one', async () => {
    const org = await newOrgWith('one@example.com');
    const first = await aRefreshAtRest(org);
    const scoring = createScoringStore(stackDynamo(), tableName(OUTPUT.definitionsTable));
    await scoring.put(org.orgId, { settings: DEFAULT_SCORING, refreshId: first });

    const { body } = await org.put('/v1/scoring', { halfLives: { engagement: '8d' } });
    const progress = await settled(org, body.refreshId);
    const ofFirst = await org.get(`${REFRESH}/${first}`);
    const { jobs, everyone } = stackJobTable();
    const view = await jobs.read(org.orgId, first);

    expect(progress).toMatchObject({ status: 'completed', total: 1, done: 1 });
    expect(ofFirst.body).toEqual({ ...progress, refreshId: first });
    expect(view?.job).toMatchObject({ state: 'cancelled', supersededBy: body.refreshId });
    await until('no refresh is running', async () => (await everyone.list(org.orgId)).length === 0);
  }, 40_000);

  it('has its queued messages dropped by the workers', async () => {
    const org = await newOrgWith('one@example.com');
    const contactIds = [contactIdOf(org.orgId, 'one@example.com')];
    const job = { id: await aCancelledJob(org), page: 0, chunk: 0 };

    await sendToWorkers({ orgId: org.orgId, contactIds, consistent: false, reason: 'job', job });
    await sendToWorkers({ orgId: org.orgId, contactIds, consistent: false, reason: 'live' });
    await until('the next message is processed', async () => (await versionOf(org, 'one@example.com')) > 0);

    expect(await versionOf(org, 'one@example.com')).toBe(1);
  }, 40_000);
});

describe('a refresh that is cancelled', () => {
  it('is reported as failed, and continues when it is resumed', async () => {
    const org = await newOrgWith('one@example.com', 'two@example.com');
    const jobId = await aCancelledJob(org);

    const cancelled = await org.get(`${REFRESH}/${jobId}`);
    const resumed = await resumeJob(
      { ...stackJobTable(), planner: planQueue(), now: Date.now },
      org.orgId,
      jobId,
    );
    const progress = await settled(org, jobId);

    expect(cancelled.body).toEqual({ refreshId: jobId, status: 'failed', total: 0, done: 0, failed: 0 });
    expect(resumed).toBe(true);
    expect(progress).toEqual({ refreshId: jobId, status: 'completed', total: 2, done: 2, failed: 0 });
  }, 40_000);
});

/** Counts the calls and the items that a client reads. */
const counting = (client: DynamoDBClient) => {
  const read = { calls: 0, items: 0 };
  const send = client.send.bind(client) as (...args: unknown[]) => Promise<{
    Items?: Item[];
    Responses?: Record<string, Item[]>;
  }>;
  client.send = (async (...args: unknown[]) => {
    const output = await send(...args);
    read.calls += 1;
    read.items += (output.Items ?? Object.values(output.Responses ?? {}).flat()).length;
    return output;
  }) as typeof client.send;
  return read;
};

describe('the progress of a job', () => {
  it('takes one call and a few items to read, whatever the size of the job', async () => {
    const orgId = `o_${randomUUID()}`;
    const { jobs } = stackJobTable();
    const stage = async (total: number, pages: number): Promise<string> => {
      const id = newId('ref', Date.now);
      const job = newJob({ orgId, id, kind: 'test', parameters: {}, ofEveryone: true }, Date.now());
      const inFlight = Array.from({ length: pages }, (_, nth) =>
        newPage({ number: 900 + nth, count: 1_000, itemsKey: `items#${nth}` }, Date.now()),
      );
      await jobs.create({ job: { ...job, total, done: total - pages * 1_000 }, pages: inFlight }, new Map());
      return id;
    };
    const ids = [await stage(1_000, 1), await stage(1_000_000, WINDOW)];
    const client = createDynamoClient();
    const read = counting(client);
    const reader = createJobReader({ jobs: createJobStore(client, tableName(OUTPUT.jobsTable), Date.now) });

    await reader.read(orgId, ids[1] as string);
    const ofOne = { ...read };
    await reader.readMany(orgId, ids);

    expect(ofOne).toEqual({ calls: 1, items: 1 + WINDOW });
    expect(read).toEqual({ calls: 4, items: ofOne.items + 2 + (1 + 1) + (1 + WINDOW) });
  });
});

describe('two organisations', () => {
  it('share the workers: a small refresh completes while a large one that began earlier is running', async () => {
    // The deployed planner would send the next pages to the deployed workers.
    const noPlanner = await createTestQueue();
    const queue = await startTestQueue<RefreshMessage>('refresh/worker bulk', {
      [ENV.planQueueUrl]: noPlanner.url,
    });
    try {
      const [large, small] = [await newOrg(), await newOrg()];
      const emails = Array.from({ length: 3_200 }, (_, nth) => `contact-${nth}@example.com`);
      await large.post('/v1/contacts/batch', { contacts: emails.map((email) => ({ email })) });
      await small.post('/v1/contacts/batch', { contacts: emails.slice(0, 20).map((email) => ({ email })) });
      const [client, tables] = [stackDynamo(), stackJobTable()];
      const deps = { ...tables, workers: queue.sender, planner: aQueue<PlanMessage>().queue, now: Date.now };
      const kinds = createRefreshKinds({
        ...deps,
        contacts: createIdentityStore(client, tableName(OUTPUT.identitiesTable)),
        companies: createCompanyStore(client, tableName(OUTPUT.companiesTable)),
        segments: createSegmentStore(client, {
          definitions: tableName(OUTPUT.definitionsTable),
          members: tableName(OUTPUT.membersTable),
        }),
      });
      // A thousand contacts at once, so that a test sees several windows.
      const advance = createAdvance({ ...deps, kinds, window: 1 });
      const ofLarge = { orgId: large.orgId, jobId: await aRefreshAtRest(large) };
      const statusOf = async (org: TestOrg, refreshId: string) =>
        (await org.get(`${REFRESH}/${refreshId}`)).body.status;

      await advance(ofLarge, asked());
      const contactIds = emails.slice(0, 20).map((email) => contactIdOf(small.orgId, email));
      const ofSmall = await refreshNamed(deps, small.orgId, contactIds, { consistent: false });
      const goOn = (org: TestOrg, refreshId: string) => async () => {
        await advance(ofLarge, asked());
        return (await statusOf(org, refreshId)) === 'completed';
      };
      await until('the small one is completed', goOn(small, ofSmall), 60_000);
      const meanwhile = (await large.get(`${REFRESH}/${ofLarge.jobId}`)).body;
      await until('the large one is completed', goOn(large, ofLarge.jobId), 60_000);
      const progress = (await large.get(`${REFRESH}/${ofLarge.jobId}`)).body;

      expect(meanwhile.status).toBe('running');
      expect(meanwhile.done).toBeLessThan(3_200);
      expect(progress).toEqual({
        refreshId: ofLarge.jobId,
        status: 'completed',
        total: 3_200,
        done: 3_200,
        failed: 0,
      });
    } finally {
      await queue.stop();
    }
  }, 150_000);
});
