import { NOW } from '#test/support/builders.ts';
import { aContact, aRefreshMessage, SEGMENT_ID } from '#test/support/refresh-world.ts';
import { aWorker } from '#test/support/worker-stage.ts';

describe('refreshing contacts', () => {
  it('reads contacts before definitions before histories, and counts after saving', async () => {
    const { deliver, journal } = aWorker();

    await deliver();

    expect(journal).toEqual(['contacts', 'definitions', 'history', 'save', 'count']);
  });

  it('saves what the history comes to over the contact as it was read', async () => {
    const contact = aContact({ version: 7 });
    const { deliver, saved, refreshed } = aWorker({ contacts: [contact] });

    await deliver();

    expect(saved).toEqual([
      {
        contact,
        computed: expect.objectContaining({
          memberOf: new Set([SEGMENT_ID]),
          engagement: { sum: expect.closeTo(2 ** (-1 / 720), 12), at: NOW },
          lastActivityAt: NOW - 3_600_000,
        }),
      },
    ]);
    expect(refreshed).toEqual([{ contacts: 1, segmentChanges: 1, lagMs: 0 }]);
  });

  it.each([true, false])('reads histories consistently where the message says so: %s', async (consistent) => {
    const { deliver, consistency } = aWorker();

    await deliver(aRefreshMessage({ consistent }));

    expect(consistency).toEqual([consistent]);
  });

  it('of a message without a job counts nothing', async () => {
    const { deliver, counted, saved } = aWorker();

    await deliver(aRefreshMessage({ reason: 'live', job: undefined }));

    expect(saved).toHaveLength(1);
    expect(counted).toEqual([]);
  });

  it('counts a contact that does not exist as done', async () => {
    const { deliver, counted } = aWorker({ contacts: [] });

    await deliver();

    expect(counted).toEqual([{ chunk: '0', positions: [0], as: 'done' }]);
  });

  it.each([
    ['is not due yet', { dueAt: NOW + 1 }, 0],
    ['is not due at all', {}, 0],
    ['is due', { dueAt: NOW }, 1],
    ['was due long ago', { dueAt: NOW - 60_000 }, 1],
  ])(
    'by a message about time recomputes a contact that %s as often as this: %#',
    async (_case, due, times) => {
      const { deliver, saved } = aWorker({ contacts: [aContact(due)] });

      await deliver(aRefreshMessage({ reason: 'due', job: undefined }));

      expect(saved).toHaveLength(times);
    },
  );
});
