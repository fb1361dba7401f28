import { newOrg } from '#test/support/api.ts';
import { newOrgWith } from '#test/support/imports.ts';
import {
  createSegment,
  importEvents,
  type OwnedEvent,
  profileOf,
  segmentNames,
  versionOf,
} from '#test/support/refreshes.ts';
import { until } from '#test/support/until.ts';

const HOUR = 3_600_000;
const LIVE = 'live@example.com';
const OLD = 'old@example.com';

const opened = (email: string, age: number, eventId = '1'): OwnedEvent => ({
  email,
  kind: 'email',
  type: 'opened',
  occurredAt: Date.now() - age,
  eventId,
});

/** The maximum time, in ms: far above the seconds of the specification, since other tests run at the same time. */
const SECONDS = 20_000;

describe('an event that arrives within an hour of occurring', () => {
  it('causes a refresh of its contact, and an older one does not', async () => {
    const org = await newOrgWith(LIVE, OLD);

    // The stream is ordered: when the later event has been processed, so have the earlier ones.
    await importEvents(org, [opened(OLD, 1.1 * HOUR), opened(OLD, 9_000 * HOUR)]);
    await importEvents(org, [opened(LIVE, 0.9 * HOUR)]);
    await until('the contact is refreshed', async () => (await versionOf(org, LIVE)) === 1, SECONDS);

    const [live, old] = await Promise.all([profileOf(org, LIVE), profileOf(org, OLD)]);
    expect(live.engagementScore).toBeCloseTo(1, 2);
    expect(live.scoredAt).not.toBeNull();
    expect(old).toMatchObject({ engagementScore: 0, scoredAt: null, lastActivityAt: null });
    expect(await versionOf(org, OLD)).toBe(0);
  }, 30_000);

  it('updates the score, segments and last activity from the contact’s whole history', async () => {
    const org = await newOrg();
    await org.post('/v1/contacts/batch', { contacts: [{ email: LIVE }] });
    await org.post('/v1/segments', { name: 'Two opens', rule: { event: { kind: 'email', atLeast: 2 } } });
    await importEvents(org, [opened(LIVE, 30 * 24 * HOUR, 'old')]);
    const event = opened(LIVE, 0, 'new');

    await importEvents(org, [event]);
    const isRefreshed = async () =>
      (await profileOf(org, LIVE)).lastActivityAt === new Date(event.occurredAt).toISOString();
    await until('the contact is refreshed', isRefreshed, SECONDS);

    const profile = await profileOf(org, LIVE);
    expect(profile.engagementScore).toBeCloseTo(1.5, 3);
    expect(profile.segments).toMatchObject([{ name: 'Two opens' }]);
  }, 30_000);

  it('that is corrected causes another refresh, but is not counted again', async () => {
    const org = await newOrgWith(LIVE);
    await createSegment(org, 'Clicked on spring', {
      event: { kind: 'email', type: 'opened', where: { campaign: { equals: 'spring' } } },
    });
    const event = { ...opened(LIVE, HOUR / 2), metadata: '{"campaign":"winter"}' };
    const day = (ms: number) => new Date(Date.now() + ms).toISOString().slice(0, 10);
    const chart = `/v1/analytics/email?from=${day(-24 * HOUR)}&to=${day(24 * HOUR)}&interval=day`;
    const counted = async () => (await org.get(chart)).body.totals.opened;
    await importEvents(org, [event]);
    await until('the event is counted', async () => (await counted()) === 1, SECONDS);
    expect(await segmentNames(org, LIVE)).toEqual([]);

    await importEvents(org, [{ ...event, metadata: '{"campaign":"spring"}' }]);

    const hasEntered = async () => (await segmentNames(org, LIVE)).length > 0;
    await until('the contact has entered the segment', hasEntered, SECONDS);
    expect(await segmentNames(org, LIVE)).toEqual(['Clicked on spring']);
    // The stream is ordered: when a later event is counted, the correction has passed the consumer.
    await importEvents(org, [opened(LIVE, HOUR / 2, 'later')]);
    await until('a later event is counted', async () => (await counted()) > 1, SECONDS);
    expect(await counted()).toBe(2);
  }, 90_000);

  it('that is sent again causes no further refresh', async () => {
    const org = await newOrgWith(LIVE, OLD);
    const event = opened(LIVE, 0);
    await importEvents(org, [event]);
    await until('the contact is refreshed', async () => (await versionOf(org, LIVE)) === 1, SECONDS);

    await importEvents(org, [event]);
    await importEvents(org, [opened(OLD, 0)]);
    await until('the next contact is refreshed', async () => (await versionOf(org, OLD)) === 1, SECONDS);

    expect(await versionOf(org, LIVE)).toBe(1);
  }, 30_000);
});
