import fc from 'fast-check';
import * as v from 'valibot';
import { InstantSchema, parseInstant, printInstant } from '#shared/time/instant.ts';

const at = (iso: string): number => new Date(iso).getTime();

describe('parseInstant accepts', () => {
  it.each([
    ['Z', '2025-11-15T10:30:00Z', '2025-11-15T10:30:00.000Z'],
    ['no seconds', '2025-11-15T10:30Z', '2025-11-15T10:30:00.000Z'],
    ['an offset ahead', '2025-11-15T10:30:00+05:30', '2025-11-15T05:00:00.000Z'],
    ['an offset behind', '2025-11-15T10:30:00-08:00', '2025-11-15T18:30:00.000Z'],
    ['an offset without colon', '2025-11-15T10:30:00+0530', '2025-11-15T05:00:00.000Z'],
    ['an offset of hours only', '2025-11-15T10:30:00-08', '2025-11-15T18:30:00.000Z'],
    ['the offset -00:00', '2025-11-15T10:30:00-00:00', '2025-11-15T10:30:00.000Z'],
    ['an offset across midnight', '2025-12-31T23:30:00-01:00', '2026-01-01T00:30:00.000Z'],
    ['an offset across a leap day', '2024-03-01T00:00:00+14:00', '2024-02-29T10:00:00.000Z'],
    ['tenths', '2025-11-15T10:30:00.5Z', '2025-11-15T10:30:00.500Z'],
    ['hundredths', '2025-11-15T10:30:00.05Z', '2025-11-15T10:30:00.050Z'],
    ['milliseconds', '2025-11-15T10:30:00.123Z', '2025-11-15T10:30:00.123Z'],
    ['nanoseconds, truncated', '2025-11-15T10:30:00.123999999Z', '2025-11-15T10:30:00.123Z'],
    ['a comma before the fraction', '2025-11-15T10:30:00,25Z', '2025-11-15T10:30:00.250Z'],
    ['a leap day', '2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['a leap day in a year divisible by 400', '2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000Z'],
    ['the last second of a day', '2025-12-31T23:59:59.999Z', '2025-12-31T23:59:59.999Z'],
    ['a moment before 1970', '1969-12-31T23:59:59.999Z', '1969-12-31T23:59:59.999Z'],
    ['a year below 100', '0099-01-01T00:00:00Z', '0099-01-01T00:00:00.000Z'],
    ['the first moment of the year 1', '0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ])('%s', (_case, text, expected) => {
    expect(parseInstant(text)).toBe(at(expected));
  });
});

describe('parseInstant rejects', () => {
  it.each([
    ['no zone', '2025-11-15T10:30:00'],
    ['a moment before the year 1', '0001-01-01T00:00:00+00:01'],
    ['only a date', '2025-11-15'],
    ['only a date with a zone', '2025-11-15Z'],
    ['30 February', '2025-02-30T00:00:00Z'],
    ['29 February of a common year', '2025-02-29T00:00:00Z'],
    ['29 February of 1900', '1900-02-29T00:00:00Z'],
    ['31 April', '2025-04-31T00:00:00Z'],
    ['day 0', '2025-04-00T00:00:00Z'],
    ['day 32', '2025-01-32T00:00:00Z'],
    ['month 0', '2025-00-01T00:00:00Z'],
    ['month 13', '2025-13-01T00:00:00Z'],
    ['24:00', '2025-11-15T24:00:00Z'],
    ['25 hours', '2025-11-15T25:00:00Z'],
    ['60 minutes', '2025-11-15T10:60:00Z'],
    ['a leap second', '2016-12-31T23:59:60Z'],
    ['an offset of 24 hours', '2025-11-15T10:30:00+24:00'],
    ['an offset of 60 minutes', '2025-11-15T10:30:00+01:60'],
    ['a lower-case t', '2025-11-15t10:30:00Z'],
    ['a lower-case z', '2025-11-15T10:30:00z'],
    ['a space instead of T', '2025-11-15 10:30:00Z'],
    ['surrounding spaces', ' 2025-11-15T10:30:00Z '],
    ['a trailing line feed', '2025-11-15T10:30:00Z\n'],
    ['an empty fraction', '2025-11-15T10:30:00.Z'],
    ['a fraction of a minute', '2025-11-15T10:30.5Z'],
    ['only an hour', '2025-11-15T10Z'],
    ['single digits', '2025-1-5T1:3:0Z'],
    ['a year of two digits', '25-11-15T10:30:00Z'],
    ['a year of five digits', '12025-11-15T10:30:00Z'],
    ['a signed year', '+002025-11-15T10:30:00Z'],
    ['a zone by name', '2025-11-15T10:30:00 UTC'],
    ['a date in words', 'Sat, 15 Nov 2025 10:30:00 GMT'],
    ['milliseconds since 1970', '1763202600000'],
    ['digits of another script', '２０２５-11-15T10:30:00Z'],
    ['an empty string', ''],
  ])('%s', (_case, text) => {
    expect(parseInstant(text)).toBeNaN();
  });
});

describe('printInstant', () => {
  it('prints the same as toISOString, for successive moments in any order', () => {
    const moment = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 });
    const near = fc.tuple(moment, fc.array(fc.integer({ min: -100_000_000, max: 100_000_000 })));
    fc.assert(
      fc.property(near, ([first, steps]) => {
        for (const at of [first, ...steps.map((step) => first + step)]) {
          fc.pre(at >= -62_135_596_800_000 && at <= 253_402_300_799_999);
          expect(printInstant(at)).toBe(new Date(at).toISOString());
        }
      }),
    );
  });
});

describe('parseInstant for any moment', () => {
  it('has the same result for the zones Z and +00:00, for valid and invalid dates', () => {
    const digits = (count: number) => fc.stringMatching(new RegExp(`^\\d{${count}}$`));
    const two = fc.oneof(
      fc.integer({ min: 0, max: 32 }).map((part) => String(part).padStart(2, '0')),
      digits(2),
    );
    fc.assert(
      fc.property(digits(4), two, two, two, two, two, (year, month, day, hour, minute, second) => {
        const local = `${year}-${month}-${day}T${hour}:${minute}:${second}`;

        expect(parseInstant(`${local}Z`)).toBe(parseInstant(`${local}+00:00`));
        expect(parseInstant(`${local}.250Z`)).toBe(parseInstant(`${local}.250+00:00`));
      }),
      { numRuns: 3_000 },
    );
  });

  const moment = fc.date({
    min: new Date('0001-01-02T00:00:00Z'),
    max: new Date('9998-12-30T00:00:00Z'),
    noInvalidDate: true,
  });

  it('parses the output of toISOString', () => {
    fc.assert(
      fc.property(moment, (date) => {
        expect(parseInstant(date.toISOString())).toBe(date.getTime());
      }),
    );
  });

  it('parses the same moment in every zone', () => {
    const zoneMinutes = fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 });
    fc.assert(
      fc.property(moment, zoneMinutes, (date, minutes) => {
        const local = new Date(date.getTime() + minutes * 60_000).toISOString().slice(0, -1);
        const [hh, mm] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60].map((n) =>
          String(n).padStart(2, '0'),
        );

        const parsed = parseInstant(`${local}${minutes < 0 ? '-' : '+'}${hh}:${mm}`);

        expect(parsed).toBe(date.getTime());
      }),
    );
  });
});

describe('InstantSchema', () => {
  const reasonOf = (input: unknown): string | undefined =>
    v.safeParse(InstantSchema('occurredAt', 'When it occurred'), input).issues?.[0].message;

  it('returns milliseconds', () => {
    expect(v.parse(InstantSchema('occurredAt', 'When it occurred'), '1970-01-01T00:00:01Z')).toBe(1_000);
  });

  it('rejects null as a missing field', () => {
    expect(reasonOf(null)).toBe('occurredAt is required');
  });

  it.each([
    [1763202600000],
    [JSON.rawJSON('1763202600000.0')],
    [true],
    [{}],
    [['2025-11-15T10:30:00Z']],
    [''],
  ])('rejects %j, which is not a timestamp', (input) => {
    expect(reasonOf(input)).toBe('occurredAt is not a valid ISO 8601 timestamp');
  });
});
