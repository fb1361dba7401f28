import { OUTPUT } from '#shared/deployment/names.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import { rankOf } from '#shared/scoring/decay.ts';
import { DEFAULT_SCORING, scoredBy } from '#shared/scoring/scoring-settings.ts';
import type { Computed } from '#shared/standings/computed.ts';
import { createOutcomeStore } from '#shared/standings/outcome-store.ts';
import { contactOfRank, type Standing } from '#shared/standings/standing-item.ts';
import { createStandingStore } from '#shared/standings/standing-store.ts';
import { newId } from '#shared/time/ids.ts';
import type { TestOrg } from '#test/support/api.ts';
import { SARAH } from '#test/support/builders.ts';
import { newOrgWith } from '#test/support/imports.ts';
import { refreshContacts } from '#test/support/refreshes.ts';
import { rowsOf, stackDynamo, standingRow, tableName } from '#test/support/tables.ts';

const AT = Date.UTC(2026, 2, 15);

const standings = () => createStandingStore(stackDynamo(), tableName(OUTPUT.standingsTable));
const outcomes = () =>
  createOutcomeStore(stackDynamo(), {
    standings: tableName(OUTPUT.standingsTable),
    members: tableName(OUTPUT.membersTable),
  });

const segmentIds = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, nth) => `seg_${String(from + nth).padStart(3, '0')}`);

const anOrg = (): Promise<TestOrg> => newOrgWith(SARAH);

const computed = (memberOf: readonly string[], overrides: Partial<Computed> = {}): Computed => ({
  engagement: { sum: 1, at: AT },
  rank: rankOf({ sum: 0, at: AT }, 1),
  scoredBy: scoredBy(DEFAULT_SCORING),
  interests: [],
  memberOf: new Set(memberOf),
  nextChange: undefined,
  lastActivityAt: undefined,
  ...overrides,
});

const sarahOf = async ({ orgId }: TestOrg): Promise<Standing> =>
  (await standings().get(orgId, contactIdOf(orgId, SARAH))) as Standing;

/** The segments according to the standing, and according to the member rows. */
const segmentsOf = async (org: TestOrg): Promise<[string[], string[]]> => {
  const rows = await rowsOf(org, tableName(OUTPUT.membersTable));
  const { segments } = await sarahOf(org);
  return [
    [...segments.keys()].toSorted(),
    rows.map((row) => (JSON.parse(row) as { pk: { S: string } }).pk.S.split('#')[1] as string).toSorted(),
  ];
};

describe('an outcome', () => {
  it('with more changes than fit into a transaction leaves the standing and the member rows consistent', async () => {
    const org = await anOrg();
    const first = segmentIds(0, 150);
    const second = segmentIds(140, 290);

    const entered = await outcomes().save(org.orgId, await sarahOf(org), computed(first));
    const afterFirst = await segmentsOf(org);
    const changed = await outcomes().save(org.orgId, await sarahOf(org), computed(second));
    const afterSecond = await segmentsOf(org);
    const left = await outcomes().save(org.orgId, await sarahOf(org), computed([]));

    expect([entered, changed, left]).toEqual(['saved', 'saved', 'saved']);
    expect(afterFirst).toEqual([first, first]);
    expect(afterSecond).toEqual([second, second]);
    expect(await segmentsOf(org)).toEqual([[], []]);
  }, 30_000);

  it('contains everything that was computed', async () => {
    const org = await anOrg();
    const interests = [{ key: 'bonn', location: 'Bonn', sum: 1e-320, at: AT }];

    await outcomes().save(
      org.orgId,
      await sarahOf(org),
      computed(['seg_1'], {
        engagement: { sum: -1.5e-310, at: AT },
        interests,
        nextChange: AT + 60_000,
        lastActivityAt: AT - 1,
      }),
    );

    expect(await sarahOf(org)).toMatchObject({
      version: 1,
      scoredAt: AT,
      scoredBy: scoredBy(DEFAULT_SCORING),
      score: -1.5e-310,
      interests: [{ location: 'Bonn', sum: 1e-320 }],
      segments: new Map([['seg_1', '2026-03-15T00:00:00.000Z']]),
      dueAt: AT + 60_000,
      lastActivityAt: '2026-03-14T23:59:59.999Z',
    });
  });

  it('that time cannot change removes the contact from the list of due contacts', async () => {
    const org = await anOrg();
    await outcomes().save(org.orgId, await sarahOf(org), computed([], { nextChange: AT }));
    const due = await standingRow(org, SARAH);

    await outcomes().save(org.orgId, await sarahOf(org), computed([]));

    const row = await standingRow(org, SARAH);
    expect(due).toMatchObject({ dueAt: { N: String(AT) } });
    expect(row).not.toHaveProperty('dueAt');
    expect(row).not.toHaveProperty('dueShard');
  });

  it('does not overwrite one that was written in the meantime', async () => {
    const org = await anOrg();
    const stale = await sarahOf(org);
    await outcomes().save(org.orgId, stale, computed(['seg_new']));

    const again = await Promise.all([
      outcomes().save(org.orgId, stale, computed(['seg_old'])),
      outcomes().save(org.orgId, stale, computed([])),
    ]);

    expect(again).toEqual(['conflict', 'conflict']);
    expect(await segmentsOf(org)).toEqual([['seg_new'], ['seg_new']]);
  });

  it('that enters a segment which was deleted in the meantime is seen by nobody, and ends with the next refresh', async () => {
    const org = await anOrg();
    const deleted = newId('seg', Date.now);

    const saved = await outcomes().save(org.orgId, await sarahOf(org), computed([deleted]));
    const left = await segmentsOf(org);
    const [profile, list, members] = await Promise.all(
      [`/v1/contacts?email=${SARAH}`, '/v1/contacts', `/v1/segments/${deleted}/members`].map((path) =>
        org.get(path),
      ),
    );
    await refreshContacts(org, [SARAH]);

    expect([saved, left]).toEqual(['saved', [[deleted], [deleted]]]);
    expect(profile?.body.segments).toEqual([]);
    expect(list?.body.items[0].segments).toEqual([]);
    expect(members?.status).toBe(404);
    expect(await segmentsOf(org)).toEqual([[], []]);
  }, 30_000);

  it('of a contact that does not exist is a conflict, and does not create it', async () => {
    const org = await anOrg();
    const { contactId: _id, ...rest } = await sarahOf(org);

    const saved = await outcomes().save(
      org.orgId,
      { contactId: 'c_AAAAAAAAAAAAAAAA', ...rest },
      computed(['seg_1']),
    );

    expect(saved).toBe('conflict');
    expect(await standings().get(org.orgId, 'c_AAAAAAAAAAAAAAAA')).toBeUndefined();
    expect(await rowsOf(org, tableName(OUTPUT.membersTable))).toEqual([]);
  });

  it.each([
    ['without changes of segments', [], []],
    ['with a few changes', ['seg_1'], ['seg_2']],
    ['with more changes than fit into a transaction', segmentIds(0, 150), segmentIds(100, 250)],
  ])(
    '%s, saved twice concurrently over one version, is saved once and is once a conflict',
    async (_case, some, others) => {
      const org = await anOrg();
      const contact = await sarahOf(org);

      const saved = await Promise.all([
        outcomes().save(org.orgId, contact, computed(some, { lastActivityAt: 1 })),
        outcomes().save(org.orgId, contact, computed(others, { lastActivityAt: 2 })),
      ]);

      const winner = saved.indexOf('saved');
      expect(saved.toSorted()).toEqual(['conflict', 'saved']);
      const expected = [...([some, others][winner] as readonly string[])].toSorted();
      expect(await segmentsOf(org)).toEqual([expected, expected]);
      expect((await sarahOf(org)).lastActivityAt).toBe(new Date(winner + 1).toISOString());
    },
    30_000,
  );

  it('keeps the highest places if there are more than fit into an item', async () => {
    const org = await anOrg();
    const interests = Array.from({ length: 2_000 }, (_, nth) => ({
      key: `${nth}`,
      location: `${nth} ${'x'.repeat(200)}`,
      sum: 2_000 - nth,
      at: AT,
    }));

    const saved = await outcomes().save(org.orgId, await sarahOf(org), computed([], { interests }));

    const kept = (await sarahOf(org)).interests.map(({ sum }) => sum);
    expect(saved).toBe('saved');
    expect(kept.length).toBeGreaterThan(500);
    expect(kept).toEqual(interests.slice(0, kept.length).map(({ sum }) => sum));
  });

  it('makes the contact listed by its rank', async () => {
    const org = await newOrgWith(SARAH, 'james@example.com');
    const { contactId } = await sarahOf(org);

    await outcomes().save(org.orgId, await sarahOf(org), computed([], { rank: `2${'c'.repeat(16)}` }));

    const ranks = await standings().ranks(org.orgId, 10);
    expect(ranks.map(contactOfRank)).toEqual([contactId, contactIdOf(org.orgId, 'james@example.com')]);
  });
});
