import fc from 'fast-check';
import * as v from 'valibot';
import { earliestInstant, OccurredAtSchema } from '#shared/events/occurred-at.ts';

const parsed = (now: string, occurredAt: string): number | string => {
  const result = v.safeParse(OccurredAtSchema(Date.parse(now)), occurredAt);
  return result.success ? result.output : result.issues[0].message;
};

const FUTURE = 'occurredAt is in the future';
const PAST = 'occurredAt is more than 10 years in the past';

describe('earliestInstant is the same instant ten calendar years ago', () => {
  it.each([
    ['a plain day', '2026-03-15T12:00:00.000Z', '2016-03-15T12:00:00.000Z'],
    ['across three leap days', '2025-02-28T23:59:59.999Z', '2015-02-28T23:59:59.999Z'],
    ['across two leap days', '2027-12-31T00:00:00.000Z', '2017-12-31T00:00:00.000Z'],
    ['a leap day, mapped to 28 February', '2028-02-29T12:00:00.000Z', '2018-02-28T12:00:00.000Z'],
    ['the day after a leap day', '2028-03-01T00:00:00.000Z', '2018-03-01T00:00:00.000Z'],
    [
      'a day that ten years ago was the day before a leap day',
      '2026-02-28T12:00:00.000Z',
      '2016-02-28T12:00:00.000Z',
    ],
    [
      'a day that ten years ago was the day after a leap day',
      '2026-03-01T00:00:00.000Z',
      '2016-03-01T00:00:00.000Z',
    ],
    ['the last day of a month of 31', '2026-01-31T12:00:00.000Z', '2016-01-31T12:00:00.000Z'],
    ['new year', '2026-01-01T00:00:00.000Z', '2016-01-01T00:00:00.000Z'],
  ])('%s', (_case, now, expected) => {
    expect(new Date(earliestInstant(Date.parse(now))).toISOString()).toBe(expected);
  });

  it('preserves the order of moments', () => {
    const moment = fc.date({
      min: new Date('2020-01-01'),
      max: new Date('2060-01-01'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(moment, fc.nat({ max: 86_400_000 * 3 }), (date, later) => {
        const now = date.getTime();

        expect(earliestInstant(now)).toBeLessThanOrEqual(earliestInstant(now + later));
      }),
    );
  });
});

describe('OccurredAtSchema', () => {
  it.each([
    ['now', '2026-03-15T12:00:00Z', '2026-03-15T12:00:00.000Z'],
    ['now + 5 minutes', '2026-03-15T12:00:00Z', '2026-03-15T12:05:00.000Z'],
    ['now + 5 minutes in another zone', '2026-03-15T12:00:00Z', '2026-03-15T21:05:00+09:00'],
    ['ten years ago', '2026-03-15T12:00:00Z', '2016-03-15T12:00:00.000Z'],
    ['ten years before a leap day', '2028-02-29T12:00:00Z', '2018-02-28T12:00:00.000Z'],
    ['a leap day nearly ten years ago', '2026-02-28T12:00:00Z', '2016-02-29T12:00:00.000Z'],
  ])('accepts %s', (_case, now, occurredAt) => {
    expect(parsed(now, occurredAt)).toBe(Date.parse(occurredAt));
  });

  it.each([
    ['now + 5 minutes and 1 ms', '2026-03-15T12:00:00Z', '2026-03-15T12:05:00.001Z', FUTURE],
    ['tomorrow', '2026-03-15T12:00:00Z', '2026-03-16T12:00:00Z', FUTURE],
    [
      'now in the local time of a zone behind UTC',
      '2026-03-15T12:00:00Z',
      '2026-03-15T12:00:00-08:00',
      FUTURE,
    ],
    ['the year 9999', '2026-03-15T12:00:00Z', '9999-12-31T23:59:59Z', FUTURE],
    ['ten years and 1 ms ago', '2026-03-15T12:00:00Z', '2016-03-15T11:59:59.999Z', PAST],
    ['ten years and 1 ms before a leap day', '2028-02-29T12:00:00Z', '2018-02-28T11:59:59.999Z', PAST],
    ['a leap day ten years and a day ago', '2026-03-01T12:00:00Z', '2016-02-29T12:00:00.000Z', PAST],
    ['1970', '2026-03-15T12:00:00Z', '1970-01-01T00:00:00Z', PAST],
    ['the year 1', '2026-03-15T12:00:00Z', '0001-01-01T00:00:00Z', PAST],
    [
      'a date that does not exist',
      '2026-03-15T12:00:00Z',
      '2025-02-29T00:00:00Z',
      'occurredAt is not a valid ISO 8601 timestamp',
    ],
  ])('rejects %s', (_case, now, occurredAt, reason) => {
    expect(parsed(now, occurredAt)).toBe(reason);
  });
});
