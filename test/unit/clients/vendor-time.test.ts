import fc from 'fast-check';
import { parseVendorTime, timeReason } from '#shared/clients/vendor-time.ts';
import { parseLossless } from '#shared/json/lossless-json.ts';

const NOW = Date.parse('2026-03-15T12:00:00Z');

describe('a time of a client of another vendor', () => {
  it.each([
    ['ISO 8601', '"2023-03-04T05:06:07.000Z"', '2023-03-04T05:06:07.000Z'],
    ['an offset and no decimals', '"2023-03-04T05:06:07+01:00"', '2023-03-04T04:06:07.000Z'],
    ['six decimals', '"2023-03-04T05:06:07.166737+00:00"', '2023-03-04T05:06:07.166Z'],
    ['nine decimals', '"2023-03-04T05:06:07.166999999Z"', '2023-03-04T05:06:07.166Z'],
    ['unix seconds', '1359389415', '2013-01-28T16:10:15.000Z'],
    ['unix seconds as text', '"1359389415"', '2013-01-28T16:10:15.000Z'],
    ['unix seconds with an exponent', '1.359389415e9', '2013-01-28T16:10:15.000Z'],
    ['unix seconds with a needless decimal', '1359389415.0', '2013-01-28T16:10:15.000Z'],
    ['unix seconds with decimals', '1677906367.001', '2023-03-04T05:06:07.001Z'],
    ['unix seconds with finer decimals', '1677906367.166737', '2023-03-04T05:06:07.166Z'],
    ['unix milliseconds', '1677906367166', '2023-03-04T05:06:07.166Z'],
    ['unix milliseconds as text', '"1677906367166"', '2023-03-04T05:06:07.166Z'],
    ['the least milliseconds', '100000000000', '1973-03-03T09:46:40.000Z'],
    ['the most seconds', '99999999999', '5138-11-16T09:46:39.000Z'],
    ['zero', '0', '1970-01-01T00:00:00.000Z'],
    ['before 1970', '-1.5', '1969-12-31T23:59:58.500Z'],
  ])('is read: %s', (_case, json, expected) => {
    const at = parseVendorTime(parseLossless(json));

    expect(new Date(at ?? Number.NaN).toISOString()).toBe(expected);
  });

  it.each([[undefined], [null], ['']])('is absent if it is %j', (value) => {
    expect(parseVendorTime(value)).toBeUndefined();
  });

  it.each([
    ['"yesterday"'],
    ['"2023-03-04T05:06:07"'],
    ['"2023-03-04"'],
    ['"2023-02-30T00:00:00Z"'],
    ['"1,5"'],
    ['"1e9"'],
    ['" "'],
    ['"Infinity"'],
    ['1e400'],
    ['253402300800000'],
    ['-62135596800001'],
    ['true'],
    ['{}'],
    ['[1359389415]'],
  ])('is invalid: %s', (json) => {
    expect(parseVendorTime(parseLossless(json))).toBeNaN();
  });

  it('is never a moment that cannot be printed', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.double(), fc.bigInt().map(String)), (value) => {
        const at = parseVendorTime(value);

        const isPrinted = at === undefined || Number.isNaN(at) || new Date(at).toISOString().length === 24;
        expect(isPrinted).toBe(true);
      }),
    );
  });

  it.each([
    [Number.NaN, 'timestamp is not a valid ISO 8601 timestamp or unix time'],
    [NOW + 300_001, 'timestamp is in the future'],
    [NOW + 300_000, undefined],
    [NOW, undefined],
    [Date.parse('2016-03-15T12:00:00.000Z'), undefined],
    [Date.parse('2016-03-15T11:59:59.999Z'), 'timestamp is more than 10 years in the past'],
  ])('%d: %s', (at, reason) => {
    expect(timeReason(at, NOW, 'timestamp')).toBe(reason);
  });
});
