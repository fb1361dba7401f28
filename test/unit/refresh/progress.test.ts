import fc from 'fast-check';
import { type ChunkProgress, progressOf } from '#shared/refresh/progress.ts';

const chunk = (done: readonly number[], failed: readonly number[] = []): ChunkProgress => ({
  done: new Set(done),
  failed: new Set(failed),
});

describe('the progress of a refresh', () => {
  it.each([
    ['nothing was asked for', 0, [], { status: 'completed', total: 0, done: 0, failed: 0 }],
    ['nothing is done yet', 3, [], { status: 'running', total: 3, done: 0, failed: 0 }],
    ['a part is done', 3, [chunk([0, 1])], { status: 'running', total: 3, done: 2, failed: 0 }],
    ['all is done', 3, [chunk([0, 1]), chunk([0])], { status: 'completed', total: 3, done: 3, failed: 0 }],
    ['some failed, some are open', 3, [chunk([0], [1])], { status: 'running', total: 3, done: 1, failed: 1 }],
    ['some failed, none is open', 2, [chunk([0], [1])], { status: 'failed', total: 2, done: 1, failed: 1 }],
    ['all failed', 2, [chunk([], [0, 1])], { status: 'failed', total: 2, done: 0, failed: 2 }],
    ['what failed went through later', 2, [chunk([0, 1], [1])], { status: 'completed', done: 2, failed: 0 }],
  ])('where %s', (_case, total, chunks, expected) => {
    expect(progressOf('ref_1', total, true, chunks)).toMatchObject({ refreshId: 'ref_1', ...expected });
  });

  it('is running as long as not all contacts are found, though all that are found are done', () => {
    expect(progressOf('ref_1', 2, false, [chunk([0, 1])])).toMatchObject({ status: 'running', done: 2 });
  });

  it('does not say that more are done than are known of', () => {
    expect(progressOf('ref_1', 1, false, [chunk([0, 1])])).toMatchObject({ total: 1, done: 1 });
  });

  it('counts each contact once, however its chunks are delivered, fail and are redriven', () => {
    const delivery = fc.record({
      chunk: fc.nat({ max: 4 }),
      positions: fc.uniqueArray(fc.nat({ max: 19 })),
      fails: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(delivery, { maxLength: 30 }), (deliveries) => {
        const chunks = Array.from({ length: 5 }, () => ({
          done: new Set<number>(),
          failed: new Set<number>(),
        }));
        for (const { chunk: nth, positions, fails } of deliveries) {
          const { done, failed } = chunks[nth] as (typeof chunks)[number];
          for (const position of positions) (fails ? failed : done).add(position);
        }
        const all = (fails: boolean) =>
          new Set(
            deliveries
              .filter((each) => each.fails === fails)
              .flatMap((each) => each.positions.map((position) => `${each.chunk} ${position}`)),
          );
        const done = all(false);
        const failed = all(true).difference(done);

        const progress = progressOf('ref_1', 100, true, chunks);

        const settled = done.size + failed.size === 100;
        expect(progress).toEqual({
          refreshId: 'ref_1',
          status: settled ? (failed.size > 0 ? 'failed' : 'completed') : 'running',
          total: 100,
          done: done.size,
          failed: failed.size,
        });
      }),
    );
  });
});
