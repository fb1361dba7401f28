import fc from 'fast-check';
import {
  changedAt,
  mergeTimed,
  parseTimed,
  printTimed,
  REMOVED,
  type Timed,
  type TimedValues,
} from '#shared/contacts/timed.ts';

const timed: fc.Arbitrary<Timed> = fc.record(
  {
    at: fc.oneof(fc.integer({ min: 0, max: 2 }), fc.maxSafeInteger()),
    nth: fc.oneof(fc.integer({ min: 0, max: 1 }), fc.nat(9_999)),
    text: fc.oneof(fc.constantFrom(REMOVED, '"a"', '"b"', '1', ''), fc.json(), fc.string({ unit: 'binary' })),
  },
  { noNullPrototype: true },
);

const values: fc.Arbitrary<TimedValues> = fc
  .dictionary(fc.constantFrom('plan', 'age', '__proto__'), timed)
  .map((all) => new Map(Object.entries(all)));

const entriesOf = (all: TimedValues) => [...all].toSorted(([a], [b]) => (a < b ? -1 : 1));

describe('merging values by their times', () => {
  it('ends the same in any order, any grouping and with any repetition', () => {
    fc.assert(
      fc.property(values, values, values, (a, b, c) => {
        const all = entriesOf(mergeTimed(mergeTimed(a, b), c));
        expect(entriesOf(mergeTimed(a, mergeTimed(b, c)))).toEqual(all);
        expect(entriesOf(mergeTimed(mergeTimed(c, b), a))).toEqual(all);
        expect(entriesOf(mergeTimed(mergeTimed(mergeTimed(b, c), a), b))).toEqual(all);
      }),
    );
  });

  const at = (time: number, text: string, nth = 0) => changedAt([['plan', text]], { at: time, nth });

  it.each([
    ['the later one', at(1, '"a"'), at(2, '"b"'), '"b"'],
    ['the later one, although it is removed', at(1, '"a"'), at(2, REMOVED), REMOVED],
    ['the removal, if a value is older', at(2, REMOVED), at(1, '"a"'), REMOVED],
    ['of the same time the greater text', at(1, '"b"'), at(1, '"a"'), '"b"'],
    ['of the same time the greater text, null among them', at(1, '"z"'), at(1, REMOVED), REMOVED],
    ['of the same batch the later entry', at(1, '"b"', 1), at(1, '"a"', 2), '"a"'],
    ['the later time, whatever the entry', at(1, '"b"', 9), at(2, '"a"', 0), '"a"'],
  ])('keeps %s', (_, first, second, text) => {
    expect(mergeTimed(first, second).get('plan')?.text).toBe(text);
    expect(mergeTimed(second, first).get('plan')?.text).toBe(text);
  });
});

describe('the stored form of a value', () => {
  it('is read as it was printed', () => {
    fc.assert(
      fc.property(timed, fc.boolean(), (value, isBefore1970) => {
        const printed = isBefore1970 && value.at > 0 ? { ...value, at: -value.at } : value;
        expect(parseTimed(printTimed(printed))).toEqual(printed);
      }),
    );
  });
});
