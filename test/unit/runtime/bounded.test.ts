import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { forEachBounded } from '#shared/runtime/bounded.ts';

describe('forEachBounded', () => {
  it('works on each item once, begins in order, and never has more than the bound under way', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 4 }), { maxLength: 40 }),
        fc.integer({ min: 1, max: 12 }),
        async (turns, concurrency) => {
          const begun: number[] = [];
          let [underWay, most, done] = [0, 0, 0];

          await forEachBounded([...turns.keys()], concurrency, async (item) => {
            begun.push(item);
            underWay++;
            most = Math.max(most, underWay);
            for (let turn = 0; turn < (turns[item] as number); turn++) await setImmediate();
            underWay--;
            done++;
          });

          expect(begun).toEqual([...turns.keys()]);
          expect(done).toBe(turns.length);
          expect(most).toBeLessThanOrEqual(Math.min(concurrency, turns.length));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('uses the bound to the full', async () => {
    let [underWay, most] = [0, 0];

    await forEachBounded(Array.from({ length: 20 }), 5, async () => {
      underWay++;
      most = Math.max(most, underWay);
      await setImmediate();
      underWay--;
    });

    expect(most).toBe(5);
  });

  it('throws the first error, begins nothing new and lets go on what is under way', async () => {
    const begun: number[] = [];
    const ended: number[] = [];

    const run = forEachBounded([0, 1, 2, 3, 4, 5], 2, async (item) => {
      begun.push(item);
      await setImmediate();
      if (item === 2) throw new Error('item 2');
      await setImmediate();
      ended.push(item);
    });

    await expect(run).rejects.toThrow('item 2');
    await setImmediate();
    await setImmediate();
    expect(begun).toEqual([0, 1, 2, 3]);
    expect(ended).toEqual([0, 1, 3]);
  });

  it('asks for an item that is yet to be made when there is room for it, and not before', async () => {
    const journal: string[] = [];
    async function* made() {
      for (let item = 0; item < 3; item++) {
        journal.push(`make ${item}`);
        yield item;
      }
    }

    await forEachBounded(made(), 1, async (item) => {
      await setImmediate();
      journal.push(`work ${item}`);
    });

    expect(journal).toEqual(['make 0', 'work 0', 'make 1', 'work 1', 'make 2', 'work 2']);
  });

  it('throws what the making of items throws', async () => {
    const begun: number[] = [];
    async function* made() {
      yield 0;
      throw new Error('no more');
    }

    const run = forEachBounded(made(), 3, async (item) => {
      begun.push(item);
    });

    await expect(run).rejects.toThrow('no more');
    expect(begun).toEqual([0]);
  });

  it('takes no items', async () => {
    await expect(forEachBounded([], 5, async () => undefined)).resolves.toBeUndefined();
  });
});
