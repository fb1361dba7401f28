import { parse } from 'valibot';
import { OUTPUT } from '#shared/deployment/names.ts';
import { ScoringSettingsSchema } from '#shared/scoring/scoring-settings.ts';
import { createScoringStore } from '#shared/scoring/scoring-store.ts';
import type { TestOrg } from '#test/support/api.ts';
import { SARAH } from '#test/support/builders.ts';
import { engagementOf } from '#test/support/formula.ts';
import { newOrgWith } from '#test/support/imports.ts';
import {
  allOf,
  importEvents,
  type OwnedEvent,
  profileOf,
  refreshContacts,
  settled,
} from '#test/support/refreshes.ts';
import { stackDynamo, tableName } from '#test/support/tables.ts';

const DAY = 86_400_000;
const SETTINGS = { halfLives: { engagement: '90d' }, weights: { 'email.opened': 8 } };

/** An organisation whose only contact has opened an email and is refreshed. */
const anOrg = async () => {
  const org = await newOrgWith(SARAH);
  const opened: OwnedEvent = {
    email: SARAH,
    kind: 'email',
    type: 'opened',
    occurredAt: Date.now() - 30 * DAY,
  };
  await importEvents(org, [opened]);
  await refreshContacts(org, [SARAH]);
  const scoreBy = (settings: object) =>
    engagementOf([opened], Date.now(), parse(ScoringSettingsSchema, settings)).score;
  return { org, scoreBy };
};

/** Sets the scoring as `PUT /v1/scoring` does, but without a refresh. */
const setQuietly = async ({ orgId }: TestOrg, settings: object): Promise<void> => {
  const store = createScoringStore(stackDynamo(), tableName(OUTPUT.definitionsTable));
  await store.put(orgId, { settings: parse(ScoringSettingsSchema, settings), refreshId: undefined });
};

describe('after a change of scoring settings', () => {
  it('a contact that is not recomputed yet has its old score marked as stale, alone and in lists', async () => {
    const { org, scoreBy } = await anOrg();
    const fresh = await profileOf(org, SARAH);

    await setQuietly(org, SETTINGS);
    const profile = await profileOf(org, SARAH);
    const lists = await Promise.all(
      ['/v1/contacts', '/v1/contacts?sort=engagementScore'].map((path) => allOf<typeof profile>(org, path)),
    );
    await refreshContacts(org, [SARAH]);
    const recomputed = await profileOf(org, SARAH);

    expect(fresh).toMatchObject({ stale: false, engagementScore: expect.closeTo(scoreBy({}), 4) });
    expect(lists.map(({ length }) => length)).toEqual([1, 1]);
    for (const each of [profile, ...lists.flat()]) {
      expect(each).toMatchObject({
        stale: true,
        engagementScore: expect.closeTo(scoreBy({}), 4),
        scoredAt: fresh.scoredAt,
      });
    }
    expect(recomputed).toMatchObject({
      stale: false,
      engagementScore: expect.closeTo(scoreBy(SETTINGS), 4),
    });
  }, 40_000);

  it('every read score is entirely of the old or of the new settings, and finally of the new ones', async () => {
    const { org, scoreBy } = await anOrg();

    const { body } = await org.put('/v1/scoring', SETTINGS);
    const seen = [await profileOf(org, SARAH)];
    const settling = settled(org, body.refreshId);
    while (seen.at(-1).stale && seen.length < 200) seen.push(await profileOf(org, SARAH));
    await settling;
    seen.push(await profileOf(org, SARAH));

    for (const { stale, engagementScore } of seen) {
      expect(engagementScore).toBeCloseTo(scoreBy(stale ? {} : SETTINGS), 4);
    }
    expect(seen.at(-1).stale).toBe(false);
  }, 40_000);

  it('equivalent settings make nothing stale, and contacts that were never scored are not stale', async () => {
    const { org } = await anOrg();
    const other = await newOrgWith(SARAH);

    await setQuietly(org, { halfLives: { locationInterest: '720h' }, weights: { 'web.click': 1 } });
    await setQuietly(other, SETTINGS);

    expect((await profileOf(org, SARAH)).stale).toBe(false);
    expect(await profileOf(other, SARAH)).toMatchObject({ stale: false, engagementScore: 0, scoredAt: null });
  }, 30_000);
});
