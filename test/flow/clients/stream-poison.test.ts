import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { ReceiveMessageCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { createSqsClient } from '#shared/aws/sqs.ts';
import type { Accepted } from '#shared/clients/accepted.ts';
import { companyKey } from '#shared/companies/company-item.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { newOrg, type TestOrg } from '#test/support/api.ts';
import { timelineOf } from '#test/support/clients/stored.ts';
import { stackDynamo, tableName } from '#test/support/tables.ts';
import { createTestQueue, startTestQueue, type TestQueue } from '#test/support/test-queue.ts';
import { until } from '#test/support/until.ts';

const USER = 'user 1';
const BROKEN = 'broken';

/** Ten receives with pauses of a second, on a busy machine. */
const POISONED_MS = 90_000;

let queue: TestQueue<Accepted>;
let deadLetterUrl: string;
beforeAll(async () => {
  const queues = await createTestQueue();
  ({ deadLetterUrl } = queues);
  queue = await startTestQueue('clients/collect', {}, queues);
}, 20_000);
afterAll(() => queue.stop());

const aRecord = ({ orgId }: TestOrg, ...messages: readonly string[]): string =>
  JSON.stringify({ orgId, format: 'segment', receivedAt: Date.now() - 5_000, first: 0, messages });

const aTrack = (messageId: string): string =>
  JSON.stringify({ type: 'track', userId: USER, event: 'purchased', messageId });

const groupOf = (groupId: string): string =>
  JSON.stringify({
    type: 'group',
    userId: USER,
    groupId,
    traits: { name: 'Acme' },
    messageId: `of ${groupId}`,
  });

/** Puts bodies into the queue as they are. */
const send = (bodies: readonly string[]) =>
  createSqsClient().send(
    new SendMessageBatchCommand({
      QueueUrl: queue.url,
      Entries: bodies.map((MessageBody, at) => ({ Id: String(at), MessageBody })),
    }),
  );

const areDead = (count: number) => async (): Promise<boolean> => (await queue.deadLetters()) === count;

/** The bodies of all dead letters, which stay where they are. */
const deadBodies = async (): Promise<string[]> => {
  const { Messages = [] } = await createSqsClient().send(
    new ReceiveMessageCommand({ QueueUrl: deadLetterUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
  );
  return Messages.map(({ Body = '' }) => Body).toSorted();
};

/** The key of a company whose row is none, so that nothing about it can be stored. */
const brokenKey = ({ orgId }: TestOrg) => companyKey(orgId, BROKEN);

const TableName = () => tableName(OUTPUT.companiesTable);

const idsOf = async (org: TestOrg): Promise<unknown[]> =>
  (await timelineOf(org, USER)).map((event) => (event as { eventId?: unknown }).eventId).toSorted();

describe('records that can never be stored', () => {
  it('end in the dead-letter queue alone; put back after repair, they are stored once, and the others die again', async () => {
    const org = await newOrg();
    const Item = { ...brokenKey(org), version: { N: '1' }, traits: { S: 'of a customer' } };
    await stackDynamo().send(new PutItemCommand({ TableName: TableName(), Item }));
    const unreadable = [
      'not JSON',
      JSON.stringify({ orgId: org.orgId }),
      aRecord(org, aTrack('lost'), '{"type":'),
    ];
    const repairable = aRecord(org, aTrack('m-2'), groupOf(BROKEN));
    const good = [aRecord(org, aTrack('m-1')), aRecord(org, groupOf('acme'), aTrack('m-3'))];

    await send([good[0] as string, ...unreadable, repairable, good[1] as string]);
    await until('the poison is in the dead-letter queue', areDead(4), POISONED_MS);
    const dead = await deadBodies();
    const storedBeside = await idsOf(org);

    await stackDynamo().send(new DeleteItemCommand({ TableName: TableName(), Key: brokenKey(org) }));
    const redriven = await queue.redrive();
    await until('the repaired record is stored', async () => (await idsOf(org)).length > 2, POISONED_MS);
    await until('the others are dead again', areDead(unreadable.length), POISONED_MS);

    expect(dead).toEqual([...unreadable, repairable].toSorted());
    expect(storedBeside).toEqual(['m-1', 'm-3']);
    expect(redriven).toBe(4);
    expect(await idsOf(org)).toEqual(['m-1', 'm-2', 'm-3']);
    expect(await deadBodies()).toEqual(unreadable.toSorted());
    const company = await org.get(`/v1/companies/${BROKEN}`);
    expect(company.body.traits).toEqual({ name: 'Acme' });
  }, 300_000);
});
