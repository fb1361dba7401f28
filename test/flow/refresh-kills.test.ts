import { ENV } from '#shared/deployment/names.ts';
import type { RefreshMessage } from '#shared/refresh/messages.ts';
import { newOrgWith } from '#test/support/imports.ts';
import { createKillSwitch, type KillSwitch } from '#test/support/kill-switch.ts';
import { allOf, importEvents, REFRESH, startRefreshWith } from '#test/support/refreshes.ts';
import { startTestQueue, type TestQueue } from '#test/support/test-queue.ts';
import { until } from '#test/support/until.ts';

const EMAILS = Array.from({ length: 800 }, (_, nth) => `contact-${nth}@example.com`);
const DAY = 86_400_000;

/** The hold of the copied workers, in seconds: short, so that killed workers' messages are received again soon. */
const HOLD_SECONDS = 2;

let killSwitch: KillSwitch;
let worker: TestQueue<RefreshMessage>;
beforeAll(async () => {
  killSwitch = await createKillSwitch();
  worker = await startTestQueue('refresh/worker bulk', {
    ...killSwitch.environment,
    [ENV.holdSeconds]: String(HOLD_SECONDS),
  });
}, 20_000);
afterAll(async () => {
  await worker.stop();
  await killSwitch.close();
});

it('a refresh whose workers are killed twice continues soon, and loses and counts twice no contact', async () => {
  const org = await newOrgWith(...EMAILS);
  await importEvents(
    org,
    EMAILS.map((email) => ({ email, kind: 'email', type: 'opened', occurredAt: Date.now() - DAY })),
  );
  const counts: number[] = [];
  let progress = { status: 'running', done: 0 };
  const read = async (refreshId: string) => {
    progress = (await org.get(`${REFRESH}/${refreshId}`)).body;
    counts.push(progress.done);
    return progress;
  };

  const refreshId = await startRefreshWith(worker.sender, org, EMAILS);
  await killSwitch.kill(3);
  const { done } = await read(refreshId);
  await until('others are refreshed', async () => (await read(refreshId)).done > done, 30_000);
  await killSwitch.kill(1);
  // Much shorter than the visibility timeout of the queue.
  await until('the refresh is over', async () => (await read(refreshId)).status !== 'running', 60_000);
  const contacts = await allOf<{ engagementScore: number }>(org, '/v1/contacts?limit=100');

  expect(progress).toEqual({ refreshId, status: 'completed', total: 800, done: 800, failed: 0 });
  expect(Math.max(...counts)).toBe(800);
  expect(contacts).toHaveLength(800);
  for (const { engagementScore } of contacts) expect(engagementScore).toBeCloseTo(2 ** (-1 / 30), 3);
  expect(await worker.deadLetters()).toBe(0);
}, 150_000);
