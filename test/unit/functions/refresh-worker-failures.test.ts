import * as v from 'valibot';
import { NotAllRefreshedError } from '#functions/refresh/worker/handler.ts';
import { isPermanentFailure } from '#shared/aws/receive-pause.ts';
import { NOW } from '#test/support/builders.ts';
import {
  aRefreshMessage,
  aSegment,
  aStanding,
  someDefinitions,
  someIds,
} from '#test/support/refresh-world.ts';
import { aWorker, CONTACT_MS, MAX_ATTEMPTS, MESSAGE_MS, OF_ATTRIBUTE } from '#test/support/worker-stage.ts';

const CHUNK = aRefreshMessage().job;

const standingsOf = (ids: readonly string[]) => ids.map((contactId) => aStanding({ contactId }));

describe('if another worker refreshes the same contact', () => {
  it('everything is read again, and the newer result is saved', async () => {
    const names = ['seg_old', 'seg_new'];
    const { deliver, journal, saved, counted } = aWorker({
      standings: [aStanding({ version: 3 })],
      saves: (_standing, before) => (before === 0 ? 'conflict' : 'saved'),
      definitions: () => someDefinitions(aSegment({ id: names.shift() ?? '' }), OF_ATTRIBUTE),
    });

    await deliver();

    const round = ['standings', 'definitions', 'contacts', 'history', 'save'];
    expect(journal).toEqual([...round, ...round, 'finish']);
    expect(saved.map(({ standing, computed }) => [standing.version, [...computed.memberOf]])).toEqual([
      [4, ['seg_new']],
    ]);
    expect(counted).toEqual([['finish', CHUNK, 1]]);
  });

  it('only the contact with the conflict is read again', async () => {
    const ids = someIds(3);
    const { deliver, saved, journal } = aWorker({
      standings: standingsOf(ids),
      saves: ({ contactId, version }) => (contactId === ids[1] && version === 0 ? 'conflict' : 'saved'),
    });

    await deliver(aRefreshMessage({ contactIds: ids }));

    expect(saved.map(({ standing }) => standing.contactId).toSorted()).toEqual(ids);
    expect(journal.filter((step) => step === 'history')).toHaveLength(4);
  });

  it('repeatedly, the message fails after five more attempts', async () => {
    const { deliver, journal, counted } = aWorker({ saves: () => 'conflict' });

    await expect(deliver()).rejects.toThrow(NotAllRefreshedError);

    expect(journal.filter((step) => step === 'standings')).toHaveLength(6);
    expect(counted).toEqual([]);
  });
});

describe('if a contact cannot be refreshed', () => {
  const ids = someIds(20);
  const options = { standings: standingsOf(ids), broken: [ids[3] ?? '', ids[17] ?? ''] };
  const done = [...ids.keys()].filter((position) => position !== 3 && position !== 17);

  it('only this contact fails: the others are saved and counted as done', async () => {
    const { deliver, saved, counted } = aWorker(options);

    await expect(deliver(aRefreshMessage({ contactIds: ids }))).rejects.toThrow('2 of 20 contacts: Error');

    expect(saved).toHaveLength(18);
    expect(counted).toEqual([['finishSome', CHUNK, done]]);
  });

  it('it is counted as failed at the last attempt of the message', async () => {
    const { deliver, counted } = aWorker({ ...options, attempt: MAX_ATTEMPTS });

    await expect(deliver(aRefreshMessage({ contactIds: ids }))).rejects.toThrow(NotAllRefreshedError);

    // All are counted as failed first, since a killed attempt counts nothing; those that are done are then corrected.
    expect(counted).toEqual([
      ['fail', CHUNK, 20],
      ['finishSome', CHUNK, done],
    ]);
  });

  it('before the last attempt, but can be at the last, all contacts are done', async () => {
    const { deliver, counted } = aWorker({ standings: standingsOf(ids), attempt: MAX_ATTEMPTS });

    await deliver(aRefreshMessage({ contactIds: ids }));

    expect(counted).toEqual([
      ['fail', CHUNK, 20],
      ['finish', CHUNK, 20],
    ]);
  });

  it('that is due, it is left to the next sweep, and its message does not fail', async () => {
    const { deliver, dueFailed } = aWorker({
      standings: [aStanding({ dueAt: 1 })],
      broken: [aStanding().contactId],
    });

    await deliver(aRefreshMessage({ contactIds: [aStanding().contactId], reason: 'due', job: undefined }));

    expect(dueFailed).toEqual([1]);
  });

  it('because the contacts cannot be read, all of them fail', async () => {
    const { deliver, counted } = aWorker({ ...options, contactsFail: true, attempt: MAX_ATTEMPTS });

    await expect(deliver(aRefreshMessage({ contactIds: ids }))).rejects.toThrow('20 of 20');

    expect(counted).toEqual([['fail', CHUNK, 20]]);
  });

  it.each([
    ['all of them permanently', (_id: string) => new v.ValiError([{} as never]), true],
    [
      'one of them transiently',
      (id: string) => (id === ids[3] ? new Error() : new v.ValiError([{} as never])),
      false,
    ],
  ])(
    'the message fails permanently only if all its failed contacts do: %s',
    async (_case, cause, permanent) => {
      const { deliver } = aWorker({ ...options, cause });

      const error = await deliver(aRefreshMessage({ contactIds: ids })).catch((thrown: unknown) => thrown);

      expect(isPermanentFailure(error)).toBe(permanent);
    },
  );

  it('the error has the cause, and its message contains only the name of the cause', async () => {
    const { deliver } = aWorker(options);

    await expect(deliver(aRefreshMessage({ contactIds: ids }))).rejects.toMatchObject({
      cause: expect.objectContaining({ message: 'No history today' }),
      message: expect.not.stringContaining('history'),
    });
  });
});

describe('the time for a history', () => {
  it.each([
    ['limited by the time for a contact', MESSAGE_MS, NOW + CONTACT_MS],
    ['limited by the remaining time of the message', 1_000, NOW + 1_000],
  ])('is %s', async (_case, messageMs, deadline) => {
    const { deliver, deadlines } = aWorker({ messageMs });

    await deliver();

    expect(deadlines).toEqual([deadline]);
  });
});
