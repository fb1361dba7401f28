import { NotAllRefreshedError } from '#functions/refresh/worker/handler.ts';
import {
  aContact,
  aRefreshMessage,
  aSegment,
  someDefinitions,
  someIds,
} from '#test/support/refresh-world.ts';
import { aWorker, MAX_ATTEMPTS } from '#test/support/worker-stage.ts';

const contactsOf = (ids: readonly string[]) => ids.map((contactId) => aContact({ contactId }));

describe('where somebody else refreshes the same contact', () => {
  it('everything is read anew, and the newer reading stands', async () => {
    const names = ['seg_old', 'seg_new'];
    const { deliver, journal, saved, counted } = aWorker({
      contacts: [aContact({ version: 3 })],
      saves: (_contact, before) => (before === 0 ? 'conflict' : 'saved'),
      definitions: () => someDefinitions(aSegment({ id: names.shift() ?? '' })),
    });

    await deliver();

    const round = ['contacts', 'definitions', 'history', 'save'];
    expect(journal).toEqual([...round, ...round, 'count']);
    expect(saved.map(({ contact, computed }) => [contact.version, [...computed.memberOf]])).toEqual([
      [4, ['seg_new']],
    ]);
    expect(counted).toEqual([{ chunk: '0', positions: [0], as: 'done' }]);
  });

  it('only the contact that met somebody is read anew', async () => {
    const ids = someIds(3);
    const { deliver, saved, journal } = aWorker({
      contacts: contactsOf(ids),
      saves: ({ contactId, version }) => (contactId === ids[1] && version === 0 ? 'conflict' : 'saved'),
    });

    await deliver(aRefreshMessage({ contactIds: ids }));

    expect(saved.map(({ contact }) => contact.contactId).toSorted()).toEqual(ids);
    expect(journal.filter((step) => step === 'history')).toHaveLength(4);
  });

  it('again and again, it is given up after five more readings, and the message comes back', async () => {
    const { deliver, journal, counted, pauses } = aWorker({ saves: () => 'conflict' });

    await expect(deliver()).rejects.toThrow(NotAllRefreshedError);

    expect(journal.filter((step) => step === 'contacts')).toHaveLength(6);
    expect(counted).toEqual([]);
    expect(pauses).toEqual([5]);
  });
});

describe('where a contact cannot be refreshed', () => {
  const ids = someIds(20);
  const options = { contacts: contactsOf(ids), broken: [ids[3] ?? '', ids[17] ?? ''] };
  const done = [...ids.keys()].filter((position) => position !== 3 && position !== 17);

  it('it fails alone: the others are saved and counted as done', async () => {
    const { deliver, saved, counted } = aWorker(options);

    await expect(deliver(aRefreshMessage({ contactIds: ids }))).rejects.toThrow('2 of 20 contacts: Error');

    expect(saved).toHaveLength(18);
    expect(counted).toEqual([{ chunk: '0', positions: done, as: 'done' }]);
  });

  it('it is counted as failed when the message does not come back any more', async () => {
    const { deliver, counted } = aWorker({ ...options, attempt: MAX_ATTEMPTS });

    await expect(deliver(aRefreshMessage({ contactIds: ids }))).rejects.toThrow(NotAllRefreshedError);

    // As failed first, since an attempt that is killed counts nothing; what is done then has not failed.
    expect(counted).toEqual([
      { chunk: '0', positions: [...ids.keys()], as: 'failed' },
      { chunk: '0', positions: done, as: 'done' },
    ]);
  });

  it('because it is due, it is left to the next sweep, and its message does not come back', async () => {
    const { deliver, leftDue, pauses } = aWorker({
      contacts: [aContact({ dueAt: 1 })],
      broken: [aContact().contactId],
    });

    await deliver(aRefreshMessage({ contactIds: [aContact().contactId], reason: 'due', job: undefined }));

    expect(leftDue).toEqual([1]);
    expect(pauses).toEqual([]);
  });

  it('and contacts cannot even be read, all of them fail', async () => {
    const { deliver, counted } = aWorker({ ...options, contactsFail: true, attempt: MAX_ATTEMPTS });

    await expect(deliver(aRefreshMessage({ contactIds: ids }))).rejects.toThrow('20 of 20');

    expect(counted).toEqual([{ chunk: '0', positions: [...ids.keys()], as: 'failed' }]);
  });

  it.each([
    [1, 5],
    [2, 10],
    [3, 20],
    [4, 40],
  ])('the message comes back after a pause that doubles: attempt %i', async (attempt, seconds) => {
    const { deliver, pauses } = aWorker({ ...options, attempt });

    await expect(deliver(aRefreshMessage({ contactIds: ids }))).rejects.toThrow(NotAllRefreshedError);

    expect(pauses).toEqual([seconds]);
  });

  it('the message comes back though the pause cannot be set', async () => {
    const { deliver } = aWorker({ ...options, showAgainFails: true });

    await expect(deliver(aRefreshMessage({ contactIds: ids }))).rejects.toThrow(NotAllRefreshedError);
  });

  it('what it failed of goes with the error, whose message says only the name', async () => {
    const { deliver } = aWorker(options);

    await expect(deliver(aRefreshMessage({ contactIds: ids }))).rejects.toMatchObject({
      cause: expect.objectContaining({ message: 'No history today' }),
      message: expect.not.stringContaining('history'),
    });
  });
});
