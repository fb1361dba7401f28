import fc from 'fast-check';
import { startGiven } from '#shared/jobs/starter.ts';
import { NOW } from '#test/support/builders.ts';
import { aJobTable } from '#test/support/job-table.ts';
import { aJobStage, asked, someItems, WINDOW } from '#test/support/jobs-stage.ts';

const stageOf = (count: number, options: Partial<Parameters<typeof aJobStage>[1]> = {}) =>
  aJobStage(aJobTable(), { items: someItems(count), now: () => NOW, ...options });

/** Processes all chunks in random order, some twice, some after a failure. @returns their items */
const processAll = async (
  { orgId, plan, advance, take, counter }: ReturnType<typeof stageOf>,
  jobId: string,
  random: () => number,
): Promise<string[]> => {
  const processed: string[] = [];
  for (;;) {
    await plan();
    if (random() < 0.3) await advance({ orgId, jobId }, { ...asked(), isRetry: random() < 0.5 });
    const chunks = take();
    if (chunks.length === 0) return processed;
    for (const { ref, items } of chunks.toSorted(() => random() - 0.5)) {
      const chance = random();
      if (chance < 0.1) await counter.fail(orgId, ref, items.length);
      await counter.finish(orgId, ref, items.length);
      if (chance > 0.9) await counter.finish(orgId, ref, items.length);
      processed.push(...items);
    }
  }
};

describe('planning a job', () => {
  it('keeps a limited number of pages in flight, and continues as they are settled', async () => {
    const stage = stageOf(10_500);
    const jobId = await stage.start();

    await stage.plan();
    const first = stage.take();
    const before = await stage.read(jobId);
    await stage.finish(first.filter(({ ref }) => ref.page === 5));
    await stage.plan();

    expect(first.flatMap(({ items }) => items)).toEqual(someItems(WINDOW * 1_000));
    expect(before).toEqual({ status: 'running', total: 8_000, done: 0, failed: 0 });
    expect(stage.sent.flatMap(({ items }) => items)).toEqual(someItems(10_500).slice(8_000, 9_000));
    expect(await stage.read(jobId)).toMatchObject({ total: 9_000, done: 1_000 });
  });

  it('without items ends immediately', async () => {
    const stage = stageOf(0);
    const jobId = await stage.start();

    await stage.plan();

    expect((await stage.jobs.read(stage.orgId, jobId))?.job.state).toBe('ended');
    expect(await stage.read(jobId)).toEqual({ status: 'completed', total: 0, done: 0, failed: 0 });
    expect(await stage.everyone.list(stage.orgId)).toEqual([]);
  });

  it('continues with another message if many steps find nothing', async () => {
    const next = async (_job: unknown, cursor: unknown) => {
      const nth = (cursor as number | undefined) ?? 0;
      return { items: nth === 99 ? ['item'] : [], next: nth < 99 ? nth + 1 : undefined };
    };
    const stage = stageOf(0, { next });
    const jobId = await stage.start();

    for (let messages = 0; messages < 4; messages++) await stage.plan();

    expect(stage.sent.flatMap(({ items }) => items)).toEqual(['item']);
    expect(await stage.read(jobId)).toMatchObject({ status: 'running', total: 1 });
  });

  it('waits for all pages in flight if its kind requires it', async () => {
    const phases: boolean[] = [];
    const stage = stageOf(0, {
      next: async (_job, cursor, { isIdle }) => {
        if (cursor === undefined) return { items: ['first'], next: 'second' };
        phases.push(isIdle);
        return isIdle ? { items: ['second'], next: undefined } : 'wait';
      },
    });
    await stage.start();

    await stage.plan();
    const first = stage.take();
    await stage.finish(first);
    await stage.plan();

    expect(first.flatMap(({ items }) => items)).toEqual(['first']);
    expect(stage.sent.flatMap(({ items }) => items)).toEqual(['second']);
    expect(phases).toEqual([false, true]);
  });

  it('that was cancelled plans nothing, and is reported as failed', async () => {
    const stage = stageOf(10_500);
    const jobId = await stage.start();
    await stage.plan();
    const chunks = stage.take();
    await stage.jobs.cancel(stage.orgId, jobId, undefined);

    await stage.finish(chunks);
    await stage.plan();

    expect(stage.sent).toEqual([]);
    expect(await stage.read(jobId)).toEqual({ status: 'failed', total: 8_000, done: 8_000, failed: 0 });
  });

  it('of an unknown kind fails', async () => {
    const stage = stageOf(1);
    const job = { ...stage.aJob(), kind: 'unheard-of' };
    await stage.starter.start(job, { store: async () => {}, undo: async () => {} });

    await expect(stage.plan()).rejects.toThrow('unheard-of');
  });

  it.each([
    ['less than a minute ago is left to its own planner', 59_999, false, 0],
    ['a minute ago is sent', 60_000, false, 3],
    ['just now by a call that failed is sent', 0, true, 3],
  ])('with an unsent page: a page planned %s', async (_case, age, isRetry, chunks) => {
    let [now, broken] = [NOW, true];
    const stage = stageOf(50, {
      now: () => now,
      onSend: () => {
        if (broken) throw new Error('No queue today');
      },
    });
    const jobId = await stage.start();
    await expect(stage.plan()).rejects.toThrow('No queue today');
    [now, broken] = [NOW + age, false];

    await stage.advance({ orgId: stage.orgId, jobId }, { ...asked(), isRetry });

    expect(stage.sent).toHaveLength(chunks);
  });

  it('reports the failed items of a page once, when it is settled, and no others', async () => {
    const stage = stageOf(2_000);
    await stage.start();
    await stage.plan();
    const chunks = stage.take();
    const [first, second, ...others] = chunks;
    if (first === undefined || second === undefined) throw new Error('There are too few chunks');

    for (const { ref, items } of [first, second]) await stage.counter.fail(stage.orgId, ref, items.length);
    await stage.counter.finishSome(stage.orgId, first.ref, [0, 1, 2]);
    const before = [...stage.failures];
    await stage.finish(others);
    await stage.finish(chunks);

    expect(before).toEqual([]);
    expect(stage.failures).toEqual([37]);
  });

  it('does each item once, with duplicate deliveries, failures and any order', async () => {
    const randoms = fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 12_000 }), randoms, async (count, stream) => {
        const stage = stageOf(count);
        const jobId = await stage.start();

        const processed = await processAll(stage, jobId, () => stream.next().value as number);

        expect(processed.toSorted()).toEqual(someItems(count).toSorted());
        expect(await stage.read(jobId)).toEqual({
          status: 'completed',
          total: count,
          done: count,
          failed: 0,
        });
        expect((await stage.jobs.read(stage.orgId, jobId))?.job.state).toBe('ended');
      }),
      { numRuns: 20 },
    );
  });
});

describe('a job with given items', () => {
  it.each([
    [1, 1],
    [1_000, 50],
  ])('of %i items is sent immediately, and ends with its page', async (count, chunks) => {
    const stage = stageOf(0);
    const job = stage.aJob();

    await startGiven({ ...stage, now: () => NOW }, job, someItems(count));
    const sent = stage.take();
    await stage.finish(sent);

    expect(sent).toHaveLength(chunks);
    expect(stage.toPlan).toEqual([]);
    expect((await stage.jobs.read(stage.orgId, job.id))?.job.state).toBe('ended');
    expect(await stage.read(job.id)).toEqual({ status: 'completed', total: count, done: count, failed: 0 });
  });

  it('of more than a page is planned, with a total that is known from the start', async () => {
    const stage = stageOf(0);
    const job = stage.aJob();

    await startGiven({ ...stage, now: () => NOW }, job, someItems(2_500));
    const initially = await stage.read(job.id);
    await stage.plan();
    const sent = stage.take();
    await stage.finish(sent);
    await stage.plan();

    expect(initially).toEqual({ status: 'running', total: 2_500, done: 0, failed: 0 });
    expect(sent.flatMap(({ items }) => items)).toEqual(someItems(2_500));
    expect(await stage.read(job.id)).toMatchObject({ status: 'completed', total: 2_500, done: 2_500 });
    expect((await stage.jobs.read(stage.orgId, job.id))?.job.state).toBe('ended');
  });
});
