import { NOW, SARAH_ID } from '#test/support/builders.ts';
import {
  aRefreshMessage,
  aSegment,
  aStanding,
  SEGMENT_ID,
  someDefinitions,
  someIds,
} from '#test/support/refresh-world.ts';
import { aWorker, MAX_ATTEMPTS, OF_ATTRIBUTE } from '#test/support/worker-stage.ts';

const CHUNK = aRefreshMessage().job;

describe('refreshing contacts', () => {
  it('reads standings before definitions and attributes before histories, and counts after saving', async () => {
    const { deliver, journal } = aWorker();

    await deliver();

    expect(journal).toEqual(['standings', 'definitions', 'contacts', 'history', 'save', 'finish']);
  });

  it('does not read attributes if no rule depends on them', async () => {
    const { deliver, journal, saved } = aWorker({ definitions: () => someDefinitions(aSegment()) });

    await deliver();

    expect(journal).not.toContain('contacts');
    expect([...(saved[0]?.computed.memberOf ?? [])]).toEqual([SEGMENT_ID]);
  });

  it.each([
    [{ attribute: { name: 'plan', equals: 'pro' } }],
    [{ not: { any: [{ score: { atLeast: 1 } }, { attribute: { name: 'plan', exists: true } }] } }],
  ])('reads attributes for the rule %j', async (rule) => {
    const { deliver, journal } = aWorker({ definitions: () => someDefinitions(aSegment({ rule })) });

    await deliver();

    expect(journal).toContain('contacts');
  });

  const OF_COMPANY = aSegment({ rule: { company: { name: 'plan', equals: 'pro' } } });

  it.each([
    ['a company that satisfies it', ['other', 'acme'], [SEGMENT_ID]],
    ['a company that is not stored yet', ['other'], []],
  ])('reads companies for a rule on them: %s', async (_what, companies, segments) => {
    const definitions = () => someDefinitions(OF_COMPANY);
    const { deliver, journal, saved } = aWorker({ definitions, companies });

    await deliver();

    expect(journal.slice(1, 4)).toEqual(['definitions', 'contacts', `traits plan of ${companies.join(' ')}`]);
    expect([...(saved[0]?.computed.memberOf ?? [])]).toEqual(segments);
  });

  it.each([
    ['no rule depends on them', someDefinitions(aSegment(), OF_ATTRIBUTE), ['acme']],
    ['the contacts have none', someDefinitions(OF_COMPANY), []],
  ])('does not read companies if %s', async (_what, definitions, companies) => {
    const { deliver, journal } = aWorker({ definitions: () => definitions, companies });

    await deliver();

    expect(journal).toEqual(['standings', 'definitions', 'contacts', 'history', 'save', 'finish']);
  });

  it('saves the result of the history over the version of the standing that was read', async () => {
    const standing = aStanding({ version: 7 });
    const { deliver, saved, refreshed } = aWorker({ standings: [standing] });

    await deliver();

    expect(saved).toEqual([
      {
        standing,
        computed: expect.objectContaining({
          memberOf: new Set([SEGMENT_ID]),
          engagement: { sum: expect.closeTo(2 ** (-1 / 720), 12), at: NOW },
          lastActivityAt: NOW - 3_600_000,
        }),
      },
    ]);
    expect(refreshed).toEqual([{ contacts: 1, segmentChanges: 1, lagMs: 0 }]);
  });

  it.each([true, false])(
    'reads histories with strong consistency if the message requires it: %s',
    async (consistent) => {
      const { deliver, consistency } = aWorker();

      await deliver(aRefreshMessage({ consistent }));

      expect(consistency).toEqual([consistent]);
    },
  );

  it('counts nothing for a message without a job', async () => {
    const { deliver, counted, saved } = aWorker();

    await deliver(aRefreshMessage({ reason: 'live', job: undefined }));

    expect(saved).toHaveLength(1);
    expect(counted).toEqual([]);
  });

  it('does nothing for a cancelled job', async () => {
    const { deliver, journal } = aWorker({ isCancelled: true, attempt: MAX_ATTEMPTS });

    await deliver();

    expect(journal).toEqual([]);
  });

  it('recomputes a contact by the id of any of its identities, once for several of them', async () => {
    const [first, second] = someIds(2) as [string, string];
    const { deliver, saved, counted } = aWorker({ owners: { [first]: SARAH_ID, [second]: SARAH_ID } });

    await deliver(aRefreshMessage({ contactIds: [first, second, SARAH_ID] }));

    expect(saved.map(({ standing }) => standing.contactId)).toEqual([SARAH_ID]);
    expect(counted).toEqual([['finish', CHUNK, 3]]);
  });

  it('removes what is left of a contact that has become one with another, and recomputes that one', async () => {
    const [former] = someIds(1) as [string];
    const standings = [aStanding({ contactId: former, gone: true }), aStanding()];
    const { deliver, saved, removed } = aWorker({ standings, owners: { [former]: SARAH_ID } });

    await deliver(aRefreshMessage({ contactIds: [former] }));

    expect(removed).toEqual([former]);
    expect(saved.map(({ standing }) => standing.contactId)).toEqual([SARAH_ID]);
  });

  it('tries both again once if neither can be written, since others were faster', async () => {
    const former = 'c_former0000000000';
    const standings = [aStanding(), aStanding({ contactId: former, gone: true })];
    const calls: string[] = [];
    const answer = (call: string) => {
      const isFirst = !calls.includes(call);
      calls.push(call);
      return isFirst;
    };
    const { deliver, counted } = aWorker({
      standings,
      owners: { [former]: SARAH_ID },
      outcomes: {
        save: async () => (answer('save') ? 'conflict' : 'saved'),
        remove: async () => (answer('remove') ? 'conflict' : 'removed'),
      },
    });

    await deliver(aRefreshMessage({ contactIds: [former] }));

    expect(calls).toEqual(['save', 'remove', 'save', 'remove']);
    expect(counted.map(([as]) => as)).toEqual(['finish']);
  });

  it('recomputes the other contact if one becomes one with it between two reads', async () => {
    const [former] = someIds(1) as [string];
    const standings = [aStanding({ contactId: former }), aStanding()];
    const { deliver, saved } = aWorker({ standings, owners: { [former]: SARAH_ID }, merges: [former] });

    await deliver(aRefreshMessage({ contactIds: [former] }));

    expect(saved.map(({ standing }) => standing.contactId)).toEqual([SARAH_ID]);
  });

  it('counts a contact that does not exist as done', async () => {
    const { deliver, counted, saved } = aWorker({ standings: [] });

    await deliver();

    expect(counted).toEqual([['finish', CHUNK, 1]]);
    expect(saved).toEqual([]);
  });

  it.each([
    ['is not due yet', { dueAt: NOW + 1 }, 0],
    ['is not due at all', {}, 0],
    ['is due', { dueAt: NOW }, 1],
    ['was due long ago', { dueAt: NOW - 60_000 }, 1],
  ])('after a sweep recomputes a contact that %s only if it is due: %#', async (_case, due, times) => {
    const { deliver, saved } = aWorker({ standings: [aStanding(due)] });

    await deliver(aRefreshMessage({ reason: 'due', job: undefined }));

    expect(saved).toHaveLength(times);
  });
});
