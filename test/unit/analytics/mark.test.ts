import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { createKnownMarks, type Mark, markRowSk, toMarkRow, withRows } from '#shared/analytics/mark.ts';
import { RECORD_ID_BYTES } from '#shared/analytics/stream-record.ts';
import { itemBytes } from '#shared/aws/dynamodb.ts';

const PARTITION = 'mark#o_1#1770000000#0';

const someIds = (count: number): string[] =>
  Array.from({ length: count }, () => randomBytes(RECORD_ID_BYTES).toString('hex'));

const rowOf = (version: number, ids: readonly string[]) =>
  toMarkRow(PARTITION, { second: 1_770_000_000, version, ids });

describe('a mark', () => {
  it('has the records of all of its rows, however many are read at a time', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 })), (reads) => {
        const ids = reads.map((sizes) => sizes.map(someIds));
        let rows = 0;

        const mark = ids.reduce<Mark>(
          (known, read) =>
            withRows(
              known,
              read.map((ofRow) => {
                rows += 1;
                return rowOf(rows, ofRow);
              }),
            ),
          createKnownMarks().get(PARTITION),
        );

        expect(mark).toEqual({ version: rows, ids: new Set(ids.flat(2)) });
      }),
    );
  });

  it('has rows in the order of their numbers', () => {
    const numbers = [1, 2, 9, 10, 11, 99, 100, 12_345];

    expect(numbers.map(markRowSk).sort()).toEqual(numbers.map(markRowSk));
  });

  it('costs one write unit for each hundred records that a commit adds, whatever it has already', () => {
    expect(itemBytes(rowOf(4_321, someIds(100)))).toBeLessThanOrEqual(1_024);
  });
});

describe('what a process knows of marks', () => {
  it('is bounded by the number of ids, of the marks that were used last', () => {
    const known = createKnownMarks();
    const aMark = (count: number): Mark => ({ version: 1, ids: new Set(someIds(count)) });

    for (const partition of ['first', 'second', 'third']) known.set(partition, aMark(30_000));

    expect(['first', 'second', 'third'].map((partition) => known.get(partition).ids.size)).toEqual([
      0, 30_000, 30_000,
    ]);
  });
});
