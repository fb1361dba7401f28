import fc from 'fast-check';
import { mergeNewest, mergeOldestFirst, type Positioned } from '#shared/events/merge-histories.ts';

type Entry = Positioned<number>;

/** Positions of several histories, all different, as two-digit texts whose order is that of time. */
const HISTORIES = fc
  .uniqueArray(fc.integer({ min: 10, max: 99 }), { maxLength: 40 })
  .chain((moments) =>
    fc
      .array(fc.nat(4), { minLength: moments.length, maxLength: moments.length })
      .map((owners) =>
        Array.from({ length: 5 }, (_, history) =>
          moments.filter((_moment, nth) => owners[nth] === history).toSorted((a, b) => a - b),
        ),
      ),
  );

const entryOf = (moment: number): Entry => ({ position: `${moment}`, value: moment });

const all = (histories: readonly (readonly number[])[]): number[] =>
  histories.flat().toSorted((a, b) => a - b);

describe('whole histories', () => {
  /** The pages of a history, with sizes that repeat; a page of size 0 is empty. */
  async function* pagesOf(moments: readonly number[], sizes: readonly number[]) {
    let at = 0;
    for (let nth = 0; at < moments.length; nth++) {
      const size = sizes[nth % sizes.length] ?? 1;
      await null;
      yield moments.slice(at, at + size).map(entryOf);
      at += size;
    }
  }

  const SIZES = fc
    .array(fc.nat(4), { minLength: 1, maxLength: 4 })
    .filter((sizes) => sizes.some((size) => size > 0));

  it('are merged in order, whatever their pages', async () => {
    await fc.assert(
      fc.asyncProperty(
        HISTORIES,
        fc.array(SIZES, { minLength: 5, maxLength: 5 }),
        async (histories, sizes) => {
          const merged: number[] = [];

          for await (const page of mergeOldestFirst(
            histories.map((moments, nth) => pagesOf(moments, sizes[nth] ?? [1])),
          )) {
            expect(page.length).toBeGreaterThan(0);
            merged.push(...page);
          }

          expect(merged).toEqual(all(histories));
        },
      ),
    );
  });

  it('are read side by side, and each at most one page ahead', async () => {
    const started: string[] = [];
    async function* history(name: string, moments: readonly number[]) {
      for (const moment of moments) {
        started.push(`${name}${moment}`);
        yield [entryOf(moment)];
      }
    }
    const pages = mergeOldestFirst([history('a', [10, 11, 12, 13]), history('b', [50, 51, 52])]);

    await pages.next();

    expect(started).toEqual(['a10', 'b50', 'a11', 'b51']);
  });

  it('fail with the failure of any of them, after the entries before it', async () => {
    async function* broken() {
      yield [entryOf(10)];
      throw new Error('No more pages');
    }
    async function* whole() {
      yield [entryOf(20), entryOf(30)];
    }
    const merged: number[] = [];

    const reading = (async () => {
      for await (const page of mergeOldestFirst([whole(), broken()])) merged.push(...page);
    })();

    await expect(reading).rejects.toThrow('No more pages');
    expect(merged).toEqual([10]);
  });

  it('that are none have no page', async () => {
    const pages = [];

    for await (const page of mergeOldestFirst([])) pages.push(page);

    expect(pages).toEqual([]);
  });
});

describe('a page of the newest entries', () => {
  const isEven = ({ value }: Entry): boolean => value % 2 === 0;

  it.each([
    ['all entries', () => true],
    ['the entries that match', isEven],
  ])('lists %s once and in order over all pages, wherever the parts of histories end', (_case, matches) => {
    fc.assert(
      fc.property(
        HISTORIES,
        fc.integer({ min: 1, max: 7 }),
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 5, maxLength: 5 }),
        (histories, limit, lengths) => {
          const listed: number[] = [];
          let next: string | undefined;

          do {
            const after = next;
            const parts = histories.map((moments, nth) => {
              const rest = moments
                .map(entryOf)
                .toReversed()
                .filter(({ position }) => after === undefined || position < after);
              const entries = rest.slice(0, lengths[nth]);
              return { entries, end: entries.length < rest.length ? entries.at(-1)?.position : undefined };
            });
            const page = mergeNewest(parts, limit, matches);
            expect(page.entries.length).toBeLessThanOrEqual(limit);
            listed.push(...page.entries.map(({ value }) => value));
            next = page.next;
            // Every page makes progress, so that reading on ends.
            if (after !== undefined && next !== undefined) expect(next < after).toBe(true);
          } while (next !== undefined);

          expect(listed).toEqual(
            all(histories)
              .map(entryOf)
              .filter(matches)
              .map(({ value }) => value)
              .toReversed(),
          );
        },
      ),
    );
  });

  it('ends where the first history ends that has more', () => {
    const parts = [
      { entries: [90, 70, 50].map(entryOf), end: undefined },
      { entries: [80, 60].map(entryOf), end: '60' },
    ];

    const page = mergeNewest(parts, 10);

    expect(page).toEqual({ entries: [90, 80, 70, 60].map(entryOf), next: '60' });
  });
});
