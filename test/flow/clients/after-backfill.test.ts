import { newOrg, type TestOrg, testStack } from '#test/support/api.ts';
import { untilCollected } from '#test/support/clients/stored.ts';
import { refreshAffected } from '#test/support/refreshes.ts';
import { until } from '#test/support/until.ts';

/** Sends an email event by its name in Segment's specification, with the key as its clients send it. */
const sendOpened = (org: TestOrg, userId: string, timestamp: Date): Promise<Response> =>
  fetch(`${testStack().apiUrl}/v1/track`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${org.apiKey}:`).toString('base64')}` },
    body: JSON.stringify({ userId, event: 'Email Opened', timestamp }),
  });

const profileOf = async (org: TestOrg, userId: string) =>
  (await org.get(`/v1/contacts?userId=${userId}`)).body;

describe('messages of clients', () => {
  it('of years ago are scored by the refresh of affected contacts, those of now by themselves', async () => {
    const org = await newOrg();
    await sendOpened(org, 'of-years-ago', new Date('2023-03-04T05:06:07Z'));
    await sendOpened(org, 'of-now', new Date());
    await untilCollected(org, 2);
    await until('the live event is scored', async () => (await profileOf(org, 'of-now')).scoredAt !== null);
    const before = await profileOf(org, 'of-years-ago');

    const refresh = await refreshAffected(org);

    const after = await profileOf(org, 'of-years-ago');
    expect((await profileOf(org, 'of-now')).engagementScore).toBeGreaterThan(0);
    expect(before).toMatchObject({ engagementScore: 0, scoredAt: null });
    expect(refresh).toMatchObject({ status: 'completed', total: 2, done: 2, failed: 0 });
    expect(after.scoredAt).not.toBeNull();
    expect(after.engagementScore).toBeGreaterThan(0);
  }, 120_000);
});
