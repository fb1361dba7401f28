import type { TestOrg } from '#test/support/api.ts';
import { newOrgWith } from '#test/support/imports.ts';
import {
  allOf,
  createSegment,
  importEvents,
  type OwnedEvent,
  profileOf,
  refreshAffected,
  segmentNames,
  settled,
  versionOf,
} from '#test/support/refreshes.ts';
import { standingRow } from '#test/support/tables.ts';
import { until } from '#test/support/until.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The time, in ms, to check the initial state before it changes, while other tests run. */
const SOON = 15_000;

/** The maximum wait, in ms: the sweep runs once a minute; the rest is for the queue, while other tests run. */
const SWEPT = 100_000;

const LEAVES = 'leaves@example.com';
const ENTERS = 'enters@example.com';
const STAYS = 'stays@example.com';
const UNTOUCHED = 'untouched@example.com';
const DECAYS = 'decays@example.com';

const opened = (email: string, occurredAt: number): OwnedEvent => ({
  email,
  kind: 'email',
  type: 'opened',
  occurredAt,
});

/** Contacts inside and outside of windows; the windows pass the events of ENTERS and LEAVES shortly. */
const aWindowedOrg = async (): Promise<TestOrg> => {
  const org = await newOrgWith(LEAVES, ENTERS, STAYS, UNTOUCHED);
  await createSegment(org, 'Recent', { event: { kind: 'email', within: '2h' } });
  await createSegment(org, 'Older', { event: { kind: 'email', before: '3h' } });
  const now = Date.now();
  await importEvents(org, [
    opened(LEAVES, now - 2 * HOUR + SOON),
    opened(ENTERS, now - 3 * HOUR + SOON),
    opened(STAYS, now - 90 * MINUTE),
  ]);
  await refreshAffected(org);
  return org;
};

/** A contact whose score falls below a threshold shortly. */
const aDecayingOrg = async () => {
  const org = await newOrgWith(DECAYS);
  const scoring = await org.put('/v1/scoring', { halfLives: { engagement: '1h' } });
  await settled(org, scoring.body.refreshId);
  const occurredAt = Date.now() - 2 * HOUR;
  await importEvents(org, [opened(DECAYS, occurredAt)]);
  const limit = 2 ** (-(Date.now() + SOON - occurredAt) / HOUR);
  await createSegment(org, 'Tired', { not: { score: { atLeast: limit } } });
  await createSegment(org, 'Keen', { score: { atLeast: limit } });
  return { org, limit };
};

/** A contact with a live event that leaves a window of a minute. */
const aLiveOrg = async (): Promise<TestOrg> => {
  const org = await newOrgWith(LEAVES);
  await createSegment(org, 'This minute', { event: { kind: 'email', within: '1m' } });
  await importEvents(org, [opened(LEAVES, Date.now() - MINUTE + SOON)]);
  return org;
};

let windowed: TestOrg;
let decaying: TestOrg;
let limit: number;
let live: TestOrg;
/** The initial segments, and the versions of the contacts that must not be refreshed. */
let before: readonly string[][];
let versions: readonly number[];

// All organisations are prepared concurrently, so that they wait for the same sweep.
beforeAll(async () => {
  [windowed, { org: decaying, limit }, live] = await Promise.all([
    aWindowedOrg(),
    aDecayingOrg(),
    aLiveOrg(),
  ]);
  before = await Promise.all([
    segmentNames(windowed, LEAVES),
    segmentNames(windowed, ENTERS),
    segmentNames(windowed, STAYS),
    segmentNames(decaying, DECAYS),
  ]);
  versions = await Promise.all([STAYS, UNTOUCHED].map((email) => versionOf(windowed, email)));
}, 60_000);

/** Waits until a contact is in these segments and no other. */
const become = (org: TestOrg, email: string, names: readonly string[]): Promise<void> =>
  until(
    `${email} is in ${names.join(', ') || 'no segment'}`,
    async () => (await segmentNames(org, email)).join() === names.join(),
    SWEPT,
  );

describe('as time passes, without any request', () => {
  it(
    'a contact whose last event becomes too old leaves its segment',
    async () => {
      expect(before[0]).toEqual(['Recent']);

      await become(windowed, LEAVES, []);

      expect(
        await allOf(windowed, `/v1/segments/${await segmentId(windowed, 'Recent')}/members`),
      ).toHaveLength(1);
    },
    SWEPT,
  );

  it(
    'a contact whose event becomes old enough enters a segment',
    async () => {
      expect(before[1]).toEqual([]);

      await become(windowed, ENTERS, ['Older']);
    },
    SWEPT,
  );

  it(
    'a contact whose score decays below a threshold changes segments',
    async () => {
      expect(before[3]).toEqual(['Keen']);

      await become(decaying, DECAYS, ['Tired']);

      const row = await standingRow(decaying, DECAYS);
      expect(Number(row?.['score']?.S)).toBeLessThan(limit);
      expect(row).not.toHaveProperty('dueAt');
    },
    SWEPT,
  );

  it(
    'a contact with a live event leaves a segment of the last minute',
    async () => {
      await until(
        'the event is processed',
        async () => (await profileOf(live, LEAVES)).lastActivityAt !== null,
        SWEPT,
      );

      await become(live, LEAVES, []);

      expect(await versionOf(live, LEAVES)).toBeGreaterThan(1);
    },
    SWEPT,
  );

  it('contacts that are not due are not refreshed', async () => {
    const now = await Promise.all([STAYS, UNTOUCHED].map((email) => versionOf(windowed, email)));

    expect(before[2]).toEqual(['Recent']);
    expect(now).toEqual(versions);
    const [stays, untouched] = await Promise.all(
      [STAYS, UNTOUCHED].map((email) => standingRow(windowed, email)),
    );
    expect(Number(stays?.['dueAt']?.N)).toBeGreaterThan(Date.now());
    expect(untouched).not.toHaveProperty('dueAt');
  });

  it('the result is the same as that of a refresh', async () => {
    const emails = [LEAVES, ENTERS, STAYS];
    const byTime = await Promise.all(emails.map((email) => segmentNames(windowed, email)));

    await refreshAffected(windowed);

    const byRefresh = await Promise.all(emails.map((email) => segmentNames(windowed, email)));
    expect(byRefresh).toEqual(byTime);
  }, 30_000);
});

const segmentId = async (org: TestOrg, name: string): Promise<string> => {
  const segments = await allOf<{ id: string; name: string }>(org, '/v1/segments');
  return segments.find((segment) => segment.name === name)?.id as string;
};
