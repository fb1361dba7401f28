import fc from 'fast-check';
import { newJob } from '#shared/jobs/job.ts';
import { ITEMS_PER_CHUNK, newPage, type Page, type Report } from '#shared/jobs/page.ts';
import { withReport } from '#test/support/job-table.ts';
import { aJobStage, asked, someItems, stackJobTable } from '#test/support/jobs-stage.ts';

const SIZE = 70;
const ASKED = asked();

/** A job of one page in flight. */
const aPageInFlight = async () => {
  const stage = aJobStage(stackJobTable(), { items: [] });
  const job = { ...newJob({ ...stage.aJob(), ofEveryone: false }, Date.now()), isPlanned: true, total: SIZE };
  const page = newPage({ number: 0, count: SIZE, itemsKey: 'items#0' }, Date.now());
  await stage.jobs.create({ job, pages: [page] }, new Map([['items#0', someItems(SIZE)]]));
  return { ...stage, job, page };
};

const ref = (id: string, chunk: number) => ({ id, page: 0, chunk });
const sizeOf = (chunk: number): number => Math.min(ITEMS_PER_CHUNK, SIZE - chunk * ITEMS_PER_CHUNK);

const aReport = fc
  .record({
    kind: fc.constantFrom('done', 'failed', 'some'),
    chunk: fc.nat({ max: 3 }),
    at: fc.uniqueArray(fc.nat({ max: 9 }), { minLength: 1 }),
  })
  .map(
    ({ kind, chunk, at }): Report =>
      kind === 'some'
        ? { kind, chunk, positions: at.map((position) => chunk * ITEMS_PER_CHUNK + position) }
        : { kind: kind as 'done' | 'failed', chunk, size: sizeOf(chunk) },
  );

describe('counting in the table', () => {
  it('follows the rule for any reports in any order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aReport, { minLength: 1, maxLength: 12 }), async (reports) => {
        const { counts, job, page, orgId, jobs } = await aPageInFlight();
        let expected: Page = page;
        for (const report of reports) {
          expected = withReport(expected, report);

          expect(await counts.report(orgId, job.id, 0, report)).toEqual(expected);
        }
        expect((await jobs.read(orgId, job.id))?.pages).toEqual([expected]);
      }),
      { numRuns: 15 },
    );
  });

  it('settles a page once, even if several workers finish its chunks concurrently and twice', async () => {
    const { counter, job, orgId, read, toPlan, jobs } = await aPageInFlight();

    const chunks = [0, 1, 2, 3, 3, 2, 1, 0];
    await Promise.all(chunks.map((chunk) => counter.finish(orgId, ref(job.id, chunk), sizeOf(chunk))));

    expect(await read(job.id)).toEqual({ status: 'completed', total: SIZE, done: SIZE, failed: 0 });
    expect((await jobs.read(orgId, job.id))?.pages).toEqual([]);
    expect(toPlan.length).toBeGreaterThan(0);
  });

  it('counts failed items as done once they succeed, before and after the page is settled', async () => {
    const { counter, job, orgId, read } = await aPageInFlight();

    for (const chunk of [0, 1]) await counter.fail(orgId, ref(job.id, chunk), sizeOf(chunk));
    await counter.finishSome(orgId, ref(job.id, 0), [0, 1, 2]);
    await counter.finish(orgId, ref(job.id, 2), sizeOf(2));
    await counter.finish(orgId, ref(job.id, 3), sizeOf(3));
    const settled = await read(job.id);
    await Promise.all([
      counter.finish(orgId, ref(job.id, 0), sizeOf(0)),
      counter.finish(orgId, ref(job.id, 0), sizeOf(0)),
      counter.finishSome(orgId, ref(job.id, 1), [5, 6]),
    ]);
    const mended = await read(job.id);
    await counter.finish(orgId, ref(job.id, 1), sizeOf(1));

    expect(settled).toEqual({ status: 'failed', total: SIZE, done: SIZE - 37, failed: 37 });
    expect(mended).toEqual({ status: 'failed', total: SIZE, done: SIZE - 18, failed: 18 });
    expect(await read(job.id)).toEqual({ status: 'completed', total: SIZE, done: SIZE, failed: 0 });
  });

  it('ignores failures after the page is settled as done', async () => {
    const { counter, job, orgId, read } = await aPageInFlight();
    for (const chunk of [0, 1, 2, 3]) await counter.finish(orgId, ref(job.id, chunk), sizeOf(chunk));

    await counter.fail(orgId, ref(job.id, 0), sizeOf(0));

    expect(await read(job.id)).toEqual({ status: 'completed', total: SIZE, done: SIZE, failed: 0 });
  });
});

describe('planning in the table', () => {
  it('plans each page once, even with several concurrent planners', async () => {
    const items = someItems(3_500);
    const stage = aJobStage(stackJobTable(), { items });
    const jobId = await stage.start();

    const message = { orgId: stage.orgId, jobId };
    await Promise.all(Array.from({ length: 4 }, () => stage.advance(message, ASKED)));
    const chunks = stage.take();

    expect(chunks.flatMap((chunk) => chunk.items).toSorted()).toEqual(items.toSorted());
    expect(new Set(chunks.map((chunk) => JSON.stringify(chunk.ref))).size).toBe(chunks.length);
    await stage.finish(chunks);
    expect(await stage.read(jobId)).toEqual({ status: 'completed', total: 3_500, done: 3_500, failed: 0 });
    await stage.plan();
    expect((await stage.jobs.read(stage.orgId, jobId))?.job.state).toBe('ended');
    expect(await stage.everyone.list(stage.orgId)).toEqual([]);
  });

  it('sends a page again if its planner failed before sending it', async () => {
    let broken = true;
    const onSend = () => {
      if (broken) throw new Error('No queue today');
    };
    const stage = aJobStage(stackJobTable(), { items: someItems(50), onSend });
    const jobId = await stage.start();
    const message = { orgId: stage.orgId, jobId };
    await expect(stage.advance(message, ASKED)).rejects.toThrow('No queue today');
    broken = false;

    await stage.advance(message, ASKED);
    const notYet = stage.take();
    await stage.advance(message, { ...ASKED, isRetry: true });

    expect(notYet).toEqual([]);
    expect(stage.sent.flatMap((chunk) => chunk.items)).toEqual(someItems(50));
    await stage.finish(stage.take());
    expect(await stage.read(jobId)).toMatchObject({ status: 'completed', done: 50 });
  });

  it('omits finished chunks when it sends a page again', async () => {
    const stage = aJobStage(stackJobTable(), { items: someItems(50) });
    const jobId = await stage.start();
    await stage.plan();
    const [first] = stage.take();
    await stage.finish(first === undefined ? [] : [first]);
    await stage.jobs.setSent(stage.orgId, jobId, 0, false);

    await stage.advance({ orgId: stage.orgId, jobId }, ASKED);

    expect(stage.take().map((chunk) => chunk.ref.chunk)).toEqual([1, 2]);
  });
});

describe('jobs over all contacts', () => {
  it('are limited in number; one that has ended makes room even if it is still registered', async () => {
    const stage = aJobStage(stackJobTable(), { items: someItems(5) });
    const ids: string[] = [];
    for (let nth = 0; nth < 10; nth++) ids.push(await stage.start());
    const keeping = { store: async () => {}, undo: async () => {} };

    const full = await stage.starter.startOfEveryone(stage.aJob(), keeping);
    const view = await stage.jobs.read(stage.orgId, ids[3] ?? '');
    await stage.jobs.end(view?.job ?? newJob({ ...stage.aJob(), ofEveryone: true }, 0));
    const again = await stage.starter.startOfEveryone(stage.aJob(), keeping);

    expect(full).toEqual({ kind: 'full', running: ids.toSorted() });
    expect(again).toEqual({ kind: 'started' });
    expect(await stage.everyone.list(stage.orgId)).toHaveLength(10);
  });

  it('that supersede another start even at the limit, and the other is cancelled', async () => {
    const stage = aJobStage(stackJobTable(), { items: someItems(5) });
    const ids: string[] = [];
    for (let nth = 0; nth < 10; nth++) ids.push(await stage.start());

    const jobId = await stage.start(ids[0]);

    expect((await stage.everyone.list(stage.orgId)).toSorted()).toEqual([...ids.slice(1), jobId].toSorted());
    expect((await stage.jobs.read(stage.orgId, ids[0] ?? ''))?.job).toMatchObject({
      state: 'cancelled',
      supersededBy: jobId,
    });
    await expect(stage.start()).rejects.toThrow('too many jobs');
  });
});
