import fc from 'fast-check';
import { newJob } from '#shared/jobs/job.ts';
import {
  chunkCount,
  chunksOf,
  countsOf,
  ITEMS_PER_CHUNK,
  ITEMS_PER_PAGE,
  isSettled,
  newPage,
  type Page,
  type Report,
} from '#shared/jobs/page.ts';
import { progressOf } from '#shared/jobs/progress.ts';
import { NOW, ORG } from '#test/support/builders.ts';
import { withReport } from '#test/support/job-table.ts';
import { someItems } from '#test/support/jobs-stage.ts';

const aPage = (count: number): Page => newPage({ number: 4, count, itemsKey: 'items#4' }, NOW);
const someCount = fc.integer({ min: 1, max: ITEMS_PER_PAGE });

const finished = (page: Page): Page =>
  Array.from({ length: chunkCount(page.count) }, (_, chunk) => chunk).reduce(
    (before, chunk) => withReport(before, { kind: 'done', chunk, size: sizeOf(page.count, chunk) }),
    page,
  );

const sizeOf = (count: number, chunk: number): number =>
  Math.min(ITEMS_PER_CHUNK, count - chunk * ITEMS_PER_CHUNK);

describe('the chunks of a page', () => {
  it('contain each item once and in order, and are small', () => {
    fc.assert(
      fc.property(someCount, (count) => {
        const chunks = chunksOf('ref_1', aPage(count), someItems(count));

        expect(chunks.flatMap(({ items }) => items)).toEqual(someItems(count));
        expect(chunks.map(({ ref }) => ref)).toEqual(
          Array.from({ length: chunkCount(count) }, (_, chunk) => ({ id: 'ref_1', page: 4, chunk })),
        );
        expect(Math.max(...chunks.map(({ items }) => items.length))).toBeLessThanOrEqual(ITEMS_PER_CHUNK);
      }),
    );
  });

  it('exclude finished ones', () => {
    const page = { ...aPage(50), finished: new Set([0, 2]) };

    expect(chunksOf('ref_1', page, someItems(50)).map(({ ref }) => ref.chunk)).toEqual([1]);
  });
});

describe('a page', () => {
  it('of any size is settled by its last chunk, and then all of its items are counted', () => {
    fc.assert(
      fc.property(someCount, (count) => {
        expect(isSettled(aPage(count))).toBe(false);
        expect(isSettled(finished(aPage(count)))).toBe(true);
        expect(countsOf(finished(aPage(count)))).toEqual({ done: count, failed: 0 });
      }),
    );
  });

  it('counts each item once, however often its chunks are delivered, fail and are redriven', () => {
    const delivery = fc.record({
      chunk: fc.nat({ max: 4 }),
      kind: fc.constantFrom('done' as const, 'failed' as const, 'some' as const),
      some: fc.uniqueArray(fc.nat({ max: ITEMS_PER_CHUNK - 1 })),
    });
    fc.assert(
      fc.property(fc.integer({ min: 81, max: 100 }), fc.array(delivery), (count, deliveries) => {
        const done = new Set<number>();
        const failed = new Set<number>();
        const reports = deliveries.map(({ chunk, kind, some }): Report => {
          const size = sizeOf(count, chunk);
          const all = Array.from({ length: size }, (_, at) => chunk * ITEMS_PER_CHUNK + at);
          const positions = kind === 'some' ? all.filter((_, at) => some.includes(at)) : all;
          for (const position of positions) (kind === 'failed' ? failed : done).add(position);
          return kind === 'some' ? { kind, chunk, positions } : { kind, chunk, size };
        });

        const page = reports.reduce(withReport, aPage(count));

        expect(countsOf(page)).toEqual({ done: done.size, failed: failed.difference(done).size });
      }),
    );
  });
});

describe('the progress of a job', () => {
  const job = newJob({ orgId: ORG, id: 'ref_1', kind: 'test', parameters: {}, ofEveryone: false }, NOW);
  const planned = { ...job, isPlanned: true };

  it.each([
    ['it has no items', { total: 0 }, [], { status: 'completed', total: 0, done: 0, failed: 0 }],
    ['nothing is done', { total: 50 }, [aPage(50)], { status: 'running', total: 50, done: 0, failed: 0 }],
    ['a part is done', { total: 90, done: 40 }, [aPage(50)], { status: 'running', done: 40, failed: 0 }],
    ['all is done', { total: 90, done: 40 }, [finished(aPage(50))], { status: 'completed', done: 90 }],
    ['some failed', { total: 50, done: 48, failed: 2 }, [], { status: 'failed', done: 48, failed: 2 }],
    ['a page is just being settled', { total: 90, done: 40 }, [], { status: 'running', done: 40 }],
    [
      'it was cancelled',
      { total: 50, done: 20, state: 'cancelled' as const },
      [],
      { status: 'failed', done: 20, failed: 30 },
    ],
  ])('is right if %s', (_case, row, pages, expected) => {
    expect(progressOf({ job: { ...planned, ...row }, pages })).toMatchObject(expected);
  });

  it('is running until all items are planned, even if all planned items are done', () => {
    expect(progressOf({ job: { ...job, total: 2, done: 2 }, pages: [] })).toMatchObject({
      status: 'running',
    });
  });
});
