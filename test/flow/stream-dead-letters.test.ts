import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { StreamDeadLetter } from '#shared/aws/set-aside.ts';
import { createSqsClient } from '#shared/aws/sqs.ts';
import { ENV, OUTPUT } from '#shared/deployment/names.ts';
import { historyKey } from '#shared/events/event-item.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import type { TestOrg } from '#test/support/api.ts';
import { functionOf } from '#test/support/functions.ts';
import { newOrgWith } from '#test/support/imports.ts';
import { importEvents, type OwnedEvent, versionOf } from '#test/support/refreshes.ts';
import { stackDynamo, tableName } from '#test/support/tables.ts';
import { until } from '#test/support/until.ts';

const SARAH = 'sarah@example.com';

/** Far above the seconds that a stream takes, since other tests run at the same time. */
const MS = 30_000;

const opened = (eventId: string): OwnedEvent => ({
  email: SARAH,
  kind: 'email',
  type: 'opened',
  occurredAt: Date.now(),
  eventId,
});

/** Stores an item that no version of this service writes, next to the events of a contact. */
const storeBroken = async ({ orgId }: TestOrg): Promise<Record<'pk' | 'sk', { S: string }>> => {
  const keys = { pk: { S: historyKey(orgId, contactIdOf(orgId, 'other@example.com')) }, sk: { S: 'broken' } };
  const Item = { ...keys, t: { S: 'opened' }, m: { S: '{"secret":"of a customer"}' } };
  await stackDynamo().send(new PutItemCommand({ TableName: tableName(OUTPUT.eventsTable), Item }));
  return keys;
};

/** Takes the dead letters of an organisation from the queue of a deployed function, once there is one. */
const deadLettersOf = async (folder: string, { orgId }: TestOrg): Promise<string[]> => {
  const QueueUrl = (await functionOf(folder)).Environment?.Variables?.[ENV.deadLetterQueueUrl] as string;
  const sqs = createSqsClient();
  const bodies: string[] = [];
  await until(
    `${folder} has a dead letter`,
    async () => {
      const receive = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 1 });
      const { Messages = [] } = await sqs.send(receive);
      for (const { Body = '', ReceiptHandle } of Messages) {
        if (!Body.includes(orgId)) continue;
        bodies.push(Body);
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
      return bodies.length > 0;
    },
    MS,
  );
  return bodies;
};

const opensOf = async (org: TestOrg): Promise<number | undefined> => {
  const day = new Date().toISOString().slice(0, 10);
  const to = new Date(Date.parse(day) + 2 * 86_400_000).toISOString().slice(0, 10);
  const from = new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10);
  return (await org.get(`/v1/analytics/email?from=${from}&to=${to}&interval=day`)).body.totals.opened;
};

describe('an item of the event table that is not an event', () => {
  it('ends in the dead-letter queues of both consumers by its key, and delays no event around it', async () => {
    const org = await newOrgWith(SARAH);
    await importEvents(org, [opened('before')]);
    const keys = await storeBroken(org);
    await importEvents(org, [opened('after')]);

    await until('both events are counted', async () => (await opensOf(org)) === 2, MS);
    await until('the contact is refreshed', async () => (await versionOf(org, SARAH)) > 0, MS);
    const letters = {
      count: await deadLettersOf('analytics/count', org),
      liveEvents: await deadLettersOf('refresh/live-events', org),
    };

    for (const bodies of Object.values(letters)) {
      expect(bodies).toHaveLength(1);
      expect(JSON.parse(bodies[0] as string)).toEqual({
        reason: 'unreadable',
        eventId: expect.any(String),
        eventName: 'INSERT',
        sequenceNumber: expect.any(String),
        createdAt: expect.any(Number),
        stream: expect.stringContaining(tableName(OUTPUT.eventsTable)),
        keys,
      } satisfies StreamDeadLetter);
    }
    expect(await opensOf(org)).toBe(2);
  }, 120_000);
});
