import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import pMap from 'p-map';
import type { Accepted } from '#shared/clients/accepted.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { testStack } from '#test/support/api.ts';
import { ALL_FAULTS, sometimes } from '#test/support/fault-plans.ts';
import { type FaultProxy, startFaultProxy } from '#test/support/fault-proxy.ts';
import { type Death, killedAt } from '#test/support/kill-at.ts';
import { cut, shuffledBy } from '#test/support/people-check.ts';
import { contradictionsIn, readPeople } from '#test/support/people-rows.ts';
import {
  ACCEPTED_AT,
  CAST,
  recordsOf,
  STORY,
  STORY_REFUSED,
  type StoryRecord,
  stories,
} from '#test/support/stream-messages.ts';
import { endOf, newCollector, newOrgId, receiptsOf, streamClients } from '#test/support/stream-stage.ts';
import { rowsOf, tableName } from '#test/support/tables.ts';

/** The number of killed processes that are tried at the same time. */
const TOGETHER = 4;

/** The ways in which records that were not acknowledged are delivered again. */
const DELIVERIES: readonly ((records: readonly Accepted[]) => Promise<unknown[][]>)[] = [
  async (records) => [await newCollector().deliver(records, { attempt: 2 })],
  // Each alone, all at once.
  (records) => Promise.all(records.map((record) => newCollector().deliver([record], { attempt: 2 }))),
  // Twice at once, cut differently.
  (records) =>
    Promise.all(
      [...cut(records, 2), ...cut(records.toReversed(), 3)].map((batch) =>
        newCollector().deliver(batch, { attempt: 2 }),
      ),
    ),
];

/** Whether the members of companies are being refreshed, or have been. */
const hasRefreshOfCompanies = async (orgId: string): Promise<boolean> =>
  (await rowsOf({ orgId }, tableName(OUTPUT.jobsTable))).some((row) => row.includes('acme'));

describe('a process that is killed while it imports messages', () => {
  it('loses nothing and doubles nothing, at whichever call, and however the records are delivered again', async () => {
    const survivor = killedAt(streamClients());
    const undisturbed = await newOrgId();
    await newCollector(survivor).deliver(recordsOf(undisturbed, STORY));
    const expected = await endOf(undisturbed, CAST);
    const messages = STORY.reduce((sum, record) => sum + record.messages.length, 0);
    // More calls than the process makes: the last ones kill nobody.
    const deaths = Array.from({ length: survivor.calls() + 1 }, (_, at) => at + 1).flatMap((nth): Death[] => [
      { nth, when: 'before' },
      { nth, when: 'after' },
    ]);

    const results = await pMap(
      deaths,
      async (death, at) => {
        const orgId = await newOrgId();
        const records = recordsOf(orgId, STORY);
        const failures = await newCollector(killedAt(streamClients(), death)).deliver(records);
        const left = records.filter((_, nth) => failures[nth] !== undefined);
        const again = await DELIVERIES[at % DELIVERIES.length]?.(left);
        return {
          death,
          again: again?.flat().filter((failure) => failure !== undefined),
          end: await endOf(orgId, CAST),
          receipts: await receiptsOf(orgId),
          isRefreshed: await hasRefreshOfCompanies(orgId),
          wasKilled: left.length > 0,
        };
      },
      { concurrency: TOGETHER },
    );

    expect(survivor.calls()).toBeGreaterThan(10);
    expect([expected.contacts.length, expected.events.length, expected.companies.length]).toEqual([1, 7, 1]);
    expect(results.filter(({ wasKilled }) => wasKilled).length).toBeGreaterThan(survivor.calls());
    for (const { death, again, end, receipts, isRefreshed } of results) {
      expect({ death, again, end, isRefreshed }).toEqual({
        death,
        again: [],
        end: expected,
        isRefreshed: true,
      });
      const completed = receipts.filter(({ state }) => state === 'completed');
      const others = receipts.filter(({ state }) => state !== 'completed');
      const sum = (field: 'imported' | 'skipped') =>
        completed.reduce((total, receipt) => total + (receipt[field] ?? 0), 0);
      expect(sum('imported')).toBeGreaterThanOrEqual(messages - STORY_REFUSED);
      expect(sum('skipped')).toBeGreaterThanOrEqual(STORY_REFUSED);
      for (const { state, imported, note } of others) {
        expect({ death, state, imported, note }).toEqual({
          death,
          state: 'open',
          imported: null,
          note: expect.stringContaining('ended before it was completed'),
        });
      }
    }
    expect(results.some(({ receipts }) => receipts.some(({ state }) => state === 'open'))).toBe(true);
  }, 300_000);
});

const keys = fc.array(fc.nat(1_000), { minLength: 13, maxLength: 13 });

describe('messages of all kinds', () => {
  it('end the same in any order, cut anywhere, delivered twice and at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        stories,
        fc.record({
          order: keys,
          again: keys,
          size: fc.integer({ min: 1, max: 12 }),
          lanes: fc.integer({ min: 1, max: 3 }),
        }),
        async (story, { order, again, size, lanes }) => {
          const [once, disturbed] = await Promise.all([newOrgId(), newOrgId()]);
          for (const record of recordsOf(once, story)) await newCollector().deliver([record]);
          const records = recordsOf(disturbed, story);
          const batches = [
            ...cut(shuffledBy(records, order), size),
            ...cut(shuffledBy(records, again), size),
          ];

          const failures = [];
          for (const together of cut(batches, lanes)) {
            failures.push(...(await Promise.all(together.map((batch) => newCollector().deliver(batch)))));
          }

          expect(failures.flat().filter((failure) => failure !== undefined)).toEqual([]);
          expect(await endOf(disturbed, CAST)).toEqual(await endOf(once, CAST));
          expect(contradictionsIn(await readPeople(disturbed))).toEqual([]);
        },
      ),
      { numRuns: 12, endOnFailure: true },
    );
  }, 180_000);
});

describe('while calls to tables and queues fail', () => {
  let proxy: FaultProxy;
  let client: DynamoDBClient;
  let sqs: SQSClient;
  beforeAll(async () => {
    // Sets the environment of clients.
    streamClients();
    proxy = await startFaultProxy(testStack().endpoint, 20261126);
    client = new DynamoDBClient({ endpoint: proxy.endpoint, maxAttempts: 1 });
    sqs = new SQSClient({ endpoint: proxy.endpoint, useQueueUrlAsEndpoint: false });
  });
  afterAll(async () => {
    client.destroy();
    sqs.destroy();
    await proxy.close();
  });

  it('messages of all kinds end the same as without faults, delivered twice and at once', async () => {
    await fc.assert(
      fc.asyncProperty(stories, fc.integer({ min: 1, max: 5 }), async (story, size) => {
        const [once, disturbed] = await Promise.all([newOrgId(), newOrgId()]);
        await newCollector().deliver(recordsOf(once, story));
        proxy.plan(disturbed, sometimes(...ALL_FAULTS));
        const records = recordsOf(disturbed, story);

        const failures = await Promise.all(
          [...cut(records, size), ...cut(records.toReversed(), 4)].map((batch) =>
            newCollector({ client, sqs }).deliver(batch),
          ),
        );

        expect(proxy.faultsOf(disturbed)).toBeGreaterThan(0);
        expect(failures.flat().filter((failure) => failure !== undefined)).toEqual([]);
        expect(await endOf(disturbed, CAST)).toEqual(await endOf(once, CAST));
        expect(contradictionsIn(await readPeople(disturbed))).toEqual([]);
      }),
      { numRuns: 5, endOnFailure: true },
    );
  }, 180_000);

  it('those of one organisation delay and fail no other’s', async () => {
    const [throttled, other, undisturbed] = await Promise.all([newOrgId(), newOrgId(), newOrgId()]);
    await newCollector().deliver(recordsOf(undisturbed, STORY));
    proxy.plan(throttled, () => 'throttle');
    const records = [...recordsOf(throttled, STORY), ...recordsOf(other, STORY)];

    const failures = await newCollector({ client, sqs }).deliver(records, { ms: 10_000 });

    expect(failures.map((failure) => (failure as Error | undefined)?.name)).toEqual([
      ...STORY.map(() => 'OutOfTimeError'),
      ...STORY.map(() => undefined),
    ]);
    expect(await endOf(other, CAST)).toEqual(await endOf(undisturbed, CAST));
    expect(await receiptsOf(throttled)).toEqual([]);
  }, 60_000);
});

describe('organisations whose people and messages have the same ids', () => {
  it('see nothing of each other, though their records are collected together', async () => {
    const [mine, theirs, alone] = await Promise.all([newOrgId(), newOrgId(), newOrgId()]);
    const secret: readonly StoryRecord[] = STORY.map((record) => ({
      ...record,
      // The message without a time of its own has another one.
      receivedAt: record.receivedAt + 5_000,
      messages: record.messages.map((text) => text.replace('Acme', 'Secret').replace('23.45', '99')),
    }));
    await newCollector().deliver(recordsOf(alone, STORY));
    const expected = await endOf(alone, CAST);
    const together = recordsOf(theirs, secret).flatMap((record, at) => [
      record,
      ...recordsOf(mine, STORY).slice(at, at + 1),
    ]);

    await newCollector().deliver(together);
    await newCollector().deliver(together.toReversed());

    expect(await endOf(mine, CAST)).toEqual(expected);
    const seenByThem = JSON.stringify(await endOf(theirs, CAST));
    expect(seenByThem).toBe(
      JSON.stringify(expected)
        .replace('Acme', 'Secret')
        .replace('23.45', '99')
        .replace(String(ACCEPTED_AT), String(ACCEPTED_AT + 5_000)),
    );
  }, 60_000);
});
