import { OUTPUT } from '#shared/deployment/names.ts';
import type { Member } from '#shared/segments/segment-store.ts';
import { newOrg, type TestOrg } from '#test/support/api.ts';
import { engagementOf, isNear } from '#test/support/formula.ts';
import { newOrgWith } from '#test/support/imports.ts';
import {
  allOf,
  createSegment,
  importEvents,
  type OwnedEvent,
  profileOf,
  refreshAffected,
  segmentEvaluated,
  segmentNames,
  settled,
} from '#test/support/refreshes.ts';
import { rowsOf, standingRow, tableName } from '#test/support/tables.ts';
import { until } from '#test/support/until.ts';

const DAY = 86_400_000;
const OPENERS = Array.from({ length: 24 }, (_, nth) => `opener-${nth}@example.com`);
const CLICKERS = Array.from({ length: 3 }, (_, nth) => `clicker-${nth}@example.com`);
const EVERYONE = [...OPENERS, ...CLICKERS];

const OPENED = { event: { kind: 'email', type: 'opened', within: '30d' } };
const CLICKED = { event: { kind: 'email', type: 'clicked' } };

const anEventOf = (email: string, type: string, days: number): OwnedEvent => ({
  email,
  kind: 'email',
  type,
  occurredAt: Date.now() - days * DAY,
});

/** An organisation with contacts that opened two days ago and contacts that clicked long ago. */
const aPopulatedOrg = async (): Promise<TestOrg> => {
  const org = await newOrgWith(...EVERYONE);
  await importEvents(org, [
    ...OPENERS.map((email) => anEventOf(email, 'opened', 2)),
    ...CLICKERS.map((email) => anEventOf(email, 'clicked', 400)),
  ]);
  return org;
};

const membersOf = async (org: TestOrg, segmentId: string, limit = 200): Promise<string[]> => {
  const path = `/v1/segments/${segmentId}/members?limit=${limit}`;
  return (await allOf<Member>(org, path)).map(({ contactId }) => contactId).toSorted();
};

const idsOf = async (org: TestOrg, emails: readonly string[]): Promise<string[]> =>
  (await Promise.all(emails.map((email) => profileOf(org, email))))
    .map(({ contactId }) => contactId)
    .toSorted();

const memberRows = (org: TestOrg): Promise<string[]> => rowsOf(org, tableName(OUTPUT.membersTable));

describe('a segment', () => {
  it('that is created evaluates all contacts in the background, and reports the progress', async () => {
    const org = await aPopulatedOrg();

    const { status, body } = await org.post('/v1/segments', { name: 'Openers', rule: OPENED });
    const evaluation = await segmentEvaluated(org, body.id);

    expect(status).toBe(201);
    expect(body).toMatchObject({ name: 'Openers', rule: OPENED, evaluation: { failed: 0 } });
    expect(evaluation).toEqual({
      status: 'completed',
      total: EVERYONE.length,
      done: EVERYONE.length,
      failed: 0,
    });
    const openers = await idsOf(org, OPENERS);
    expect(await membersOf(org, body.id, 5)).toEqual(openers);
    const opener = await profileOf(org, OPENERS[0] as string);
    expect(opener.segments).toEqual([{ id: body.id, name: 'Openers', enteredAt: expect.any(String) }]);
    expect(await segmentNames(org, CLICKERS[0] as string)).toEqual([]);
  }, 40_000);

  it('that is changed evaluates all contacts again, and has its new name', async () => {
    const org = await aPopulatedOrg();
    const id = await createSegment(org, 'Openers', OPENED);
    const before = await memberRows(org);

    const { status, body } = await org.put(`/v1/segments/${id}`, { name: 'Clickers', rule: CLICKED });
    await segmentEvaluated(org, id);

    expect([status, body.id, body.rule]).toEqual([200, id, CLICKED]);
    expect(before).toHaveLength(OPENERS.length);
    expect(await membersOf(org, id)).toEqual(await idsOf(org, CLICKERS));
    expect(await segmentNames(org, CLICKERS[0] as string)).toEqual(['Clickers']);
    expect(await segmentNames(org, OPENERS[0] as string)).toEqual([]);
    expect(await memberRows(org)).toHaveLength(CLICKERS.length);
  }, 40_000);

  it('keeps the time at which a member entered, however often it is evaluated', async () => {
    const org = await newOrgWith('one@example.com');
    await importEvents(org, [anEventOf('one@example.com', 'opened', 2)]);
    const id = await createSegment(org, 'Openers', OPENED);
    const { segments: before } = await profileOf(org, 'one@example.com');

    await org.put(`/v1/segments/${id}`, { name: 'Renamed', rule: OPENED });
    await segmentEvaluated(org, id);
    await refreshAffected(org);

    const { segments } = await profileOf(org, 'one@example.com');
    expect(segments).toEqual([{ ...before[0], name: 'Renamed' }]);
    expect(await allOf(org, `/v1/segments/${id}/members`)).toEqual([
      { contactId: expect.any(String), enteredAt: before[0].enteredAt },
    ]);
  }, 40_000);

  it('that is deleted disappears immediately, and its rows are removed later', async () => {
    const org = await aPopulatedOrg();
    const id = await createSegment(org, 'Openers', OPENED);
    const kept = await createSegment(org, 'Clickers', CLICKED);

    const deleted = await org.delete(`/v1/segments/${id}`);
    const [again, read, members] = await Promise.all([
      org.delete(`/v1/segments/${id}`),
      org.get(`/v1/segments/${id}`),
      org.get(`/v1/segments/${id}/members`),
    ]);
    const immediately = await segmentNames(org, OPENERS[0] as string);

    expect([deleted.status, deleted.text]).toEqual([204, '']);
    expect([again, read, members].map(({ status }) => status)).toEqual([404, 404, 404]);
    expect(immediately).toEqual([]);
    await until(
      'its rows are removed',
      async () => (await memberRows(org)).length === CLICKERS.length,
      20_000,
    );
    for (const email of OPENERS) expect((await standingRow(org, email))?.['segments']).toEqual({ M: {} });
    expect(await membersOf(org, kept)).toEqual(await idsOf(org, CLICKERS));
    expect((await org.get('/v1/segments')).body.items.map((one: { id: string }) => one.id)).toEqual([kept]);
  }, 60_000);

  it('is not accessible to another organisation', async () => {
    const org = await newOrgWith('one@example.com');
    const other = await newOrg();
    const id = await createSegment(org, 'Everyone', { not: CLICKED });

    const answers = await Promise.all([
      other.get(`/v1/segments/${id}`),
      other.get(`/v1/segments/${id}/members`),
      other.put(`/v1/segments/${id}`, { name: 'Mine', rule: CLICKED }),
      other.delete(`/v1/segments/${id}`),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    expect((await other.get('/v1/segments')).body).toEqual({ items: [], nextCursor: null });
    expect((await org.get(`/v1/segments/${id}`)).body.name).toBe('Everyone');
  }, 30_000);
});

describe('new weights and half-lives', () => {
  it('recompute the scores and segments of all contacts', async () => {
    const org = await aPopulatedOrg();
    await createSegment(org, 'Keen', { score: { atLeast: 3 } });
    const email = OPENERS[0] as string;
    const before = await segmentNames(org, email);

    const { status, body } = await org.put('/v1/scoring', {
      halfLives: { engagement: '2d' },
      weights: { 'email.opened': 8, 'email.clicked': 0 },
    });
    const progress = await settled(org, body.refreshId);

    expect([status, before]).toEqual([200, []]);
    expect(progress).toMatchObject({ status: 'completed', total: EVERYONE.length, done: EVERYONE.length });
    expect((await org.get('/v1/scoring')).body).toMatchObject({
      halfLives: { engagement: '2d', locationInterest: '30d' },
      weights: { 'email.opened': 8, 'email.clicked': 0, 'web.conversion': 10 },
    });
    expect(await segmentNames(org, email)).toEqual(['Keen']);
    const row = await standingRow(org, email);
    const { refreshId: _id, ...settings } = body;
    const occurredAt = Date.parse((await profileOf(org, email)).lastActivityAt);
    const expected = engagementOf(
      [{ kind: 'email', type: 'opened', occurredAt }],
      Number(row?.['scoredAt']?.N),
      settings,
    );
    expect(isNear(Number(row?.['score']?.S), expected)).toBe(true);
    expect((await profileOf(org, CLICKERS[0] as string)).engagementScore).toBe(0);
  }, 60_000);
});
