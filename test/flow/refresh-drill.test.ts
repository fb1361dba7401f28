import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { OUTPUT } from '#shared/deployment/names.ts';
import { historyKey } from '#shared/events/event-item.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import type { RefreshMessage } from '#shared/refresh/messages.ts';
import type { TestOrg } from '#test/support/api.ts';
import { newOrgWith } from '#test/support/imports.ts';
import { importEvents, profileOf, REFRESH, startRefreshWith, versionOf } from '#test/support/refreshes.ts';
import { stackDynamo, tableName } from '#test/support/tables.ts';
import { startTestQueue, type TestQueue } from '#test/support/test-queue.ts';
import { until } from '#test/support/until.ts';

const EMAILS = Array.from({ length: 30 }, (_, nth) => `contact-${nth}@example.com`);
const BROKEN = EMAILS[7] as string;
const DAY = 86_400_000;

let queue: TestQueue<RefreshMessage>;
beforeAll(async () => {
  queue = await startTestQueue('refresh/worker bulk');
}, 20_000);
afterAll(() => queue.stop());

/** An item in the contact's history that is not an event, so that the contact cannot be refreshed. */
const poisonOf = ({ orgId }: TestOrg) => ({
  pk: { S: historyKey(orgId, contactIdOf(orgId, BROKEN)) },
  sk: { S: '2025-11-15T10:30:00.000Z#eAAAAAAAAAAAAAAAA' },
});

const poison = (org: TestOrg) =>
  stackDynamo().send(new PutItemCommand({ TableName: tableName(OUTPUT.eventsTable), Item: poisonOf(org) }));

const mend = (org: TestOrg) =>
  stackDynamo().send(new DeleteItemCommand({ TableName: tableName(OUTPUT.eventsTable), Key: poisonOf(org) }));

const isStatus = (org: TestOrg, refreshId: string, status: string) => async (): Promise<boolean> =>
  (await org.get(`${REFRESH}/${refreshId}`)).body.status === status;

describe('a contact that cannot be refreshed', () => {
  it('is retried, reported as failed, kept in the dead-letter queue, and refreshed after repair and redrive', async () => {
    const org = await newOrgWith(...EMAILS);
    await importEvents(
      org,
      EMAILS.map((email) => ({ email, kind: 'email', type: 'opened', occurredAt: Date.now() - DAY })),
    );
    await poison(org);

    const refreshId = await startRefreshWith(queue.sender, org, EMAILS);
    await until('it is reported as failed', isStatus(org, refreshId, 'failed'), 60_000);
    await until(
      'the message is in the dead-letter queue',
      async () => (await queue.deadLetters()) === 1,
      20_000,
    );
    const failed = await org.get(`${REFRESH}/${refreshId}`);
    const [broken, other] = await Promise.all([profileOf(org, BROKEN), profileOf(org, EMAILS[6] as string)]);

    await mend(org);
    const redriven = await queue.redrive();
    await until('the refresh is completed', isStatus(org, refreshId, 'completed'), 20_000);
    const completed = await org.get(`${REFRESH}/${refreshId}`);
    const mended = await profileOf(org, BROKEN);

    expect(failed.body).toEqual({ refreshId, status: 'failed', total: 30, done: 29, failed: 1 });
    expect(broken).toMatchObject({ engagementScore: 0, scoredAt: null });
    expect(other.engagementScore).toBeCloseTo(2 ** (-1 / 30), 4);
    expect(redriven).toBe(1);
    expect(completed.body).toEqual({ refreshId, status: 'completed', total: 30, done: 30, failed: 0 });
    expect(mended.engagementScore).toBeCloseTo(2 ** (-1 / 30), 4);
    expect(await versionOf(org, BROKEN)).toBe(1);
    expect(await queue.deadLetters()).toBe(0);
  }, 100_000);
});
