import { createStartRefresh } from '#functions/refresh/start/handler.ts';
import type { Receipt } from '#shared/imports/receipt.ts';
import type { TouchedContacts } from '#shared/imports/receipt-store.ts';
import type { Job } from '#shared/jobs/job.ts';
import type { PlanMessage } from '#shared/jobs/messages.ts';
import type { RefreshMessage } from '#shared/refresh/messages.ts';
import { OutOfTimeError } from '#shared/time/out-of-time.ts';
import { aReceipt, aRequest, foundOf, idsOf, NOW, ORG } from '#test/support/builders.ts';
import { errorOf } from '#test/support/import-world.ts';
import { MAX_RESULT_BYTES, resultBytes } from '#test/support/lambda-result.ts';
import { aQueue, bodyOf, someIds } from '#test/support/refresh-world.ts';

interface WorldOptions {
  readonly known?: readonly string[];
  readonly newest?: Receipt;
  readonly imports?: readonly TouchedContacts[];
  readonly slowQueue?: boolean;
}

const aStage = ({ known = [], newest, imports = [], slowQueue }: WorldOptions = {}) => {
  const journal: string[] = [];
  const created: Job[] = [];
  const listed: (readonly string[])[] = [];
  const marked: string[] = [];
  const lookUps: string[][] = [];
  const planning = aQueue<PlanMessage>(() => journal.push('plan'));
  const { sent, queue } = aQueue<RefreshMessage>(() => {
    journal.push('send');
    if (slowQueue) throw new OutOfTimeError('The queue was slow');
  });
  const run = createStartRefresh({
    contacts: {
      find: async (_orgId, ids) => {
        lookUps.push([...(await idsOf(ids))]);
        return foundOf(known);
      },
    },
    receipts: {
      list: async () => ({ items: newest === undefined ? [] : [newest], next: undefined }),
      unrefreshed: async (_orgId, most) => imports.slice(0, most),
      markRefreshed: async (_orgId, ids) => {
        journal.push('mark');
        marked.push(...ids);
      },
    },
    jobs: {
      create: async ({ job }, lists) => {
        journal.push('create');
        created.push(job);
        listed.push(...lists.values());
      },
    },
    workers: queue,
    planner: planning.queue,
    now: () => NOW,
  });
  const send = (body: string) => run(aRequest({ body }));
  const post = (body: unknown) => send(JSON.stringify(body));
  return { send, post, journal, created, listed, planned: planning.sent, marked, lookUps, sent };
};

const touched = (id: string, contactIds: readonly string[], running = false): TouchedContacts => ({
  id,
  contactIds,
  running,
});

describe('starting a refresh of contacts', () => {
  it('answers 202 with the id of the refresh after the messages have been sent', async () => {
    const known = someIds(45);
    const { post, journal, created, sent } = aStage({ known });

    const answer = await post({ contactIds: known });

    const { refreshId } = bodyOf(answer);
    expect(answer).toEqual({ statusCode: 202, body: { refreshId, accepted: 45, notFound: [] } });
    expect(refreshId).toMatch(/^ref_[0-9A-Z]{26}$/);
    expect(journal).toEqual(['create', 'send']);
    expect(created).toMatchObject([{ orgId: ORG, id: refreshId, total: 45, isPlanned: true }]);
    expect(sent.flatMap(({ contactIds }) => contactIds)).toEqual(known);
    expect(sent.every(({ reason, job }) => reason === 'job' && job?.id === refreshId)).toBe(true);
  });

  it('takes each id once, and returns unknown ids as they were sent', async () => {
    const [first = '', second = '', third = ''] = someIds(3);
    const { post, lookUps, sent } = aStage({ known: [first, third] });
    const contactIds = [third, 'c_short', first, second, third, '', 'c_short', 'o_1#c_0000000000000000'];

    const answer = await post({ contactIds });

    expect(bodyOf(answer)).toMatchObject({
      accepted: 2,
      notFound: ['c_short', second, '', 'o_1#c_0000000000000000'],
    });
    expect(lookUps).toEqual([[third, first, second]]);
    expect(sent.flatMap((message) => message.contactIds)).toEqual([third, first]);
  });

  it('repeats the beginnings of ids that no contact can have, so that the answer fits', async () => {
    const { post } = aStage();
    const contactIds = Array.from({ length: 1_000 }, (_, nth) => `${nth}${'\\'.repeat(2_500)}`);

    const answer = await post({ contactIds });

    expect(resultBytes(answer)).toBeLessThan(MAX_RESULT_BYTES);
    expect(bodyOf(answer).notFound).toEqual(contactIds.map((id) => id.slice(0, 254)));
  });

  it('without any existing contact has ended immediately', async () => {
    const { post, created, sent } = aStage();

    const answer = await post({ contactIds: ['c_1'] });

    expect(bodyOf(answer)).toMatchObject({ accepted: 0, notFound: ['c_1'] });
    expect(created).toMatchObject([{ total: 0, state: 'ended' }]);
    expect(sent).toEqual([]);
  });

  it.each([
    [1_000, 202],
    [1_001, 413],
  ])('of %i ids answers %i', async (count, status) => {
    const { post, created, sent } = aStage({ known: someIds(count) });

    const answer = post({ contactIds: someIds(count) });

    if (status === 202) expect((await answer).statusCode).toBe(202);
    else {
      expect(await errorOf(answer)).toMatchObject({ statusCode: 413, code: 'batch_too_large' });
      expect([created, sent]).toEqual([[], []]);
    }
  });

  it.each([
    ['invalid JSON', '{', 'The body is not valid JSON'],
    ['a list', '[]', 'The body must be a JSON object'],
    [
      'neither ids nor affected',
      '{}',
      'The body must be {"contactIds": [...]} with 1 to 1000 ids, or {"affected": true}',
    ],
    ['no ids', '{"contactIds":[]}', '"contactIds" must have at least one id'],
    ['affected: false', '{"affected":false}', '"affected" must be true'],
  ])('answers 400 to %s', async (_what, body, message) => {
    const { send, created } = aStage();

    const error = await errorOf(send(body));

    expect(error).toMatchObject({ statusCode: 400, message: expect.stringContaining(message) });
    expect(created).toEqual([]);
  });

  it('is out of time if the queue takes too long', async () => {
    const { post } = aStage({ known: someIds(1), slowQueue: true });

    const error = await post({ contactIds: someIds(1) }).catch((thrown: unknown) => thrown);

    // The API handler answers this error with 503 and Retry-After.
    expect(error).toBeInstanceOf(OutOfTimeError);
  });
});

describe('strongly consistent reads of histories', () => {
  const at = (ms: number) => new Date(NOW - ms).toISOString();

  it.each([
    ['there was no import', undefined, false],
    ['an import ended less than five seconds ago', aReceipt({ completedAt: at(4_999) }), true],
    ['the last import ended five seconds ago', aReceipt({ completedAt: at(5_000) }), false],
    ['an import is running', aReceipt({ state: 'open', completedAt: null, receivedAt: at(20_000) }), true],
  ])('are requested only if necessary: %s', async (_case, newest, consistent) => {
    const known = someIds(1);
    const named = aStage({ known, ...(newest && { newest }) });
    const affected = aStage({ imports: [touched('imp_1', known)], ...(newest && { newest }) });

    await named.post({ contactIds: known });
    await affected.post({ affected: true });

    for (const { sent } of [named, affected]) {
      expect(sent.map((message) => message.consistent)).toEqual([consistent]);
    }
  });
});

describe('starting a refresh of affected contacts', () => {
  it('takes every contact that unrefreshed imports touched, once', async () => {
    const [first = '', second = '', third = ''] = someIds(3);
    const imports = [
      touched('imp_1', [first, second]),
      touched('imp_2', []),
      touched('imp_3', [second, third]),
    ];
    const { post, created, sent } = aStage({ imports });

    const answer = await post({ affected: true });

    expect(bodyOf(answer)).toMatchObject({ accepted: 3, notFound: [], moreAffected: false });
    expect(created).toMatchObject([{ total: 3 }]);
    expect(sent.flatMap(({ contactIds }) => contactIds)).toEqual([first, second, third]);
  });

  it('with more than a page of contacts stores lists for the planner and sends none itself', async () => {
    const ids = someIds(2_500);
    const { post, created, listed, planned, sent, journal } = aStage({ imports: [touched('imp_1', ids)] });

    const answer = await post({ affected: true });

    const { refreshId, accepted } = bodyOf(answer);
    expect(accepted).toBe(2_500);
    expect(journal).toEqual(['create', 'plan', 'mark']);
    expect(created).toMatchObject([{ total: 2_500, lists: 3, isPlanned: false }]);
    expect(listed).toEqual([ids.slice(0, 1_000), ids.slice(1_000, 2_000), ids.slice(2_000)]);
    expect(planned).toEqual([{ orgId: ORG, jobId: refreshId }]);
    expect(sent).toEqual([]);
  });

  it('marks imports as refreshed only after the messages have been sent', async () => {
    const { post, journal, marked } = aStage({ imports: [touched('imp_1', someIds(1))] });

    await post({ affected: true });

    expect(journal).toEqual(['create', 'send', 'mark']);
    expect(marked).toEqual(['imp_1']);
  });

  it('takes the contacts of a running import, but does not mark it', async () => {
    const [first = '', second = ''] = someIds(2);
    const imports = [touched('imp_1', [first], true), touched('imp_2', [second])];
    const { post, marked } = aStage({ imports });

    const answer = await post({ affected: true });

    expect(bodyOf(answer).accepted).toBe(2);
    expect(marked).toEqual(['imp_2']);
  });

  it('marks nothing if the queue takes too long', async () => {
    const { post, marked } = aStage({ imports: [touched('imp_1', someIds(1))], slowQueue: true });

    await expect(post({ affected: true })).rejects.toThrow(OutOfTimeError);
    expect(marked).toEqual([]);
  });

  it.each([
    [300, 300, false],
    [301, 300, true],
  ])('with %i imports processes %i, and reports whether there are more', async (count, worked, more) => {
    const imports = someIds(count).map((contactId, nth) => touched(`imp_${nth}`, [contactId]));
    const { post, marked } = aStage({ imports });

    const answer = await post({ affected: true });

    expect(bodyOf(answer)).toMatchObject({ accepted: worked, moreAffected: more });
    expect(marked).toHaveLength(worked);
  });
});
