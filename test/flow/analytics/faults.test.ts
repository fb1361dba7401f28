import { randomUUID } from 'node:crypto';
import type { DynamoDBRecord } from 'aws-lambda';
import fc from 'fast-check';
import type { RebuildMessage } from '#shared/analytics/rebuild-task.ts';
import { ENV } from '#shared/deployment/names.ts';
import { anyEventOf, CONTACTS } from '#test/support/analytics-arbitraries.ts';
import { newAnalyticsWorld } from '#test/support/analytics-world.ts';
import { testStack } from '#test/support/api.ts';
import { ALL_FAULTS, hangAt, sometimes } from '#test/support/fault-plans.ts';
import { type FaultProxy, startFaultProxy } from '#test/support/fault-proxy.ts';
import { copyFunction, deleteFunction, invoke } from '#test/support/functions.ts';
import type { RebuildRun } from '#test/support/rebuild-runner.ts';
import { rebuild } from '#test/support/rebuild-world.ts';

let proxy: FaultProxy;
let counter: string;
let worker: string;
beforeAll(async () => {
  const { eventsTable } = await newAnalyticsWorld();
  proxy = await startFaultProxy(testStack().endpoint, 20251116);
  const environment = { AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint, [ENV.eventsTable]: eventsTable };
  counter = await copyFunction('analytics/count', environment);
  worker = await copyFunction('analytics/rebuild', environment);
});
afterAll(async () => {
  await deleteFunction(counter);
  await deleteFunction(worker);
  await proxy.close();
});

/** Delivers records as Lambda does: a failed batch is delivered again. */
const deliver = async (Records: readonly DynamoDBRecord[]): Promise<void> => {
  for (let tries = 0; tries < 5; tries++) {
    const { failed } = await invoke(counter, { Records });
    if (!failed) return;
  }
  throw new Error('The batch was not counted');
};

/** Delivers a chunk to the worker of rebuilds, as SQS does. */
const work =
  (orgId: string): RebuildRun['work'] =>
  async (items, attempt) => {
    const body: RebuildMessage = {
      orgId,
      job: { id: 'reb_of_a_test', page: 0, chunk: 0 },
      tasks: [...items],
    };
    const record = {
      messageId: randomUUID(),
      receiptHandle: 'none',
      body: JSON.stringify(body),
      attributes: { ApproximateReceiveCount: String(attempt), SentTimestamp: String(Date.now()) },
    };
    const { failed, payload } = await invoke(worker, { Records: [record] });
    if (failed || payload.batchItemFailures.length > 0) throw new Error('The chunk is delivered again');
  };

describe.each([
  ...ALL_FAULTS.map((fault) => [fault, () => sometimes(fault)] as const),
  ['all of these', () => sometimes(...ALL_FAULTS)] as const,
  ['hang', () => hangAt(2)] as const,
])('if calls of the counter and of the rebuild fail: %s', (_fault, planOf) => {
  it('every event is counted once, even if delivered twice, before, during and after a rebuild', async () => {
    const world = await newAnalyticsWorld();
    const sample = (seed: number) => fc.sample(anyEventOf(CONTACTS), { numRuns: 40, seed });
    proxy.plan(world.orgId, planOf());
    const before = await world.store(sample(1));
    const during = await world.store(sample(2));
    const after = await world.store(sample(3));
    let isPending = true;
    const happens = async () => {
      if (!isPending) return;
      if ((await world.rollups.generations(world.orgId)).building === undefined) return;
      isPending = false;
      await deliver(during);
    };

    await deliver(before);
    await deliver(before);
    const outcome = await rebuild(world, { happens, work: work(world.orgId) });
    await deliver([...during, ...after]);

    expect(proxy.faultsOf(world.orgId)).toBeGreaterThan(0);
    expect(outcome).toBe('completed');
    expect(await world.charts()).toEqual(world.expected());
  }, 60_000);
});
