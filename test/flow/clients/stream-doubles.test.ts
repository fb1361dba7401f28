import { setTimeout as sleep } from 'node:timers/promises';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { createAccept } from '#functions/clients/accept/handler.ts';
import { createQueueSender, createSqsClient } from '#shared/aws/sqs.ts';
import type { Accepted } from '#shared/clients/accepted.ts';
import { newOrg, type TestOrg, testStack } from '#test/support/api.ts';
import { aCall } from '#test/support/client-requests.ts';
import { timelineOf, untilCollected } from '#test/support/clients/stored.ts';
import { ALL_FAULTS, sometimes } from '#test/support/fault-plans.ts';
import { startFaultProxy } from '#test/support/fault-proxy.ts';
import { sendRaw } from '#test/support/raw.ts';
import { endOf, newCollector, newOrgId } from '#test/support/stream-stage.ts';
import { createTestQueue } from '#test/support/test-queue.ts';

const USER = 'user 1';
const LONG_AGO = '2024-03-01T12:00:00.000Z';

/** Sends a request as a client does. @returns its status */
const post = async ({ apiKey }: TestOrg, path: string, body: object): Promise<number> => {
  const headers = { 'content-type': 'application/json', authorization: `Basic ${btoa(`${apiKey}:`)}` };
  return (await sendRaw(path, { method: 'POST', headers, body: JSON.stringify(body) })).status;
};

const aTrack = <T extends object>(fields: T) => ({
  type: 'track',
  userId: USER,
  event: 'purchased',
  ...fields,
});

describe('a request that is sent again', () => {
  it.each([
    ['with an id and a time', aTrack({ messageId: 'm-1', timestamp: LONG_AGO })],
    ['with a time', aTrack({ timestamp: LONG_AGO, properties: { price: 23.45 } })],
    ['with an id', aTrack({ messageId: 'm-1' })],
  ])(
    'at once stores a message once: %s',
    async (_what, message) => {
      const org = await newOrg();
      const batch = { batch: [message, message] };

      const statuses = await Promise.all([
        post(org, '/v1/batch', batch),
        post(org, '/v1/track', message),
        post(org, '/v1/batch', batch),
      ]);
      await untilCollected(org, 5);

      expect(statuses).toEqual([200, 200, 200]);
      expect(await timelineOf(org, USER)).toHaveLength(1);
    },
    60_000,
  );

  it('seconds later stores a message without a time once, when it arrived first', async () => {
    const org = await newOrg();
    const message = aTrack({ messageId: 'm-1' });

    const from = Date.now();
    await post(org, '/v1/track', message);
    const to = Date.now();
    await untilCollected(org, 1);
    await sleep(2_000);
    await post(org, '/v1/track', message);
    await untilCollected(org, 2);

    const events = await timelineOf(org, USER);
    expect(events).toHaveLength(1);
    const occurredAt = Date.parse(events[0]?.occurredAt ?? '');
    expect(occurredAt).toBeGreaterThanOrEqual(from);
    expect(occurredAt).toBeLessThanOrEqual(to);
  }, 60_000);
});

/** Takes all records out of a queue, in the order of their places in their requests, with their groups. */
const recordsIn = async (QueueUrl: string) => {
  const sqs = createSqsClient();
  const found: { record: Accepted; group: string | undefined }[] = [];
  for (;;) {
    const command = new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      MessageSystemAttributeNames: ['MessageGroupId'],
    });
    const { Messages = [] } = await sqs.send(command);
    if (Messages.length === 0) return found;
    for (const { Body = '', Attributes } of Messages) {
      found.push({ record: JSON.parse(Body), group: Attributes?.MessageGroupId });
    }
  }
};

describe('a request whose answers are lost, while calls to the queue fail', () => {
  it('is in the queue as a whole, in the group of its organisation, and each message is stored once', async () => {
    const [orgId, { url }] = await Promise.all([newOrgId(), createTestQueue()]);
    const proxy = await startFaultProxy(testStack().endpoint, 20261127);
    proxy.plan(orgId, sometimes(...ALL_FAULTS));
    const sqs = new SQSClient({ endpoint: proxy.endpoint, useQueueUrlAsEndpoint: false });
    const accept = createAccept({
      ownerOf: async () => ({ orgId, keyId: 'key_1' }),
      throttle: async () => undefined,
      queue: createQueueSender(sqs, url),
      now: Date.now,
    });
    // Several calls of ten records each.
    const batch = Array.from({ length: 150 }, (_, nth) =>
      aTrack({
        messageId: `m-${nth}`,
        properties: { text: 'x'.repeat(20_000) },
        ...(nth % 2 === 0 && { timestamp: LONG_AGO }),
      }),
    );

    // The client does not learn of the first answers.
    for (let attempt = 1; attempt <= 3; attempt++) await accept(aCall('/v1/batch', { batch }));
    const sent = await recordsIn(url);
    const failures = await newCollector().deliver(sent.map(({ record }) => record));

    expect(proxy.faultsOf(orgId)).toBeGreaterThan(0);
    expect(sent.length).toBeGreaterThan(90);
    expect(new Set(sent.map(({ group }) => group))).toEqual(new Set([orgId]));
    expect(failures.filter((failure) => failure !== undefined)).toEqual([]);
    const { events } = await endOf(orgId, {
      identities: [{ namespace: 'userId', value: USER }],
      groupIds: [],
    });
    expect(events.map(({ eventId }) => eventId).toSorted()).toEqual(
      batch.map(({ messageId }) => messageId).toSorted(),
    );
    sqs.destroy();
    await proxy.close();
  }, 60_000);
});
