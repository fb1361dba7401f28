import * as v from 'valibot';
import { DurationSchema, durationMs } from '#shared/time/duration.ts';

describe('a duration', () => {
  it.each([
    ['1m', 60_000],
    ['90m', 5_400_000],
    ['24h', 86_400_000],
    ['30d', 2_592_000_000],
    ['2w', 1_209_600_000],
    ['3660d', 316_224_000_000],
    ['5270400m', 316_224_000_000],
  ])('%s has %d ms, and is parsed to the same text', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
    expect(v.parse(DurationSchema, text)).toBe(text);
  });

  it.each([
    '',
    '30',
    'd',
    '0d',
    '030d',
    '-1d',
    '1.5d',
    '30 d',
    '30D',
    '1y',
    '30s',
    '1d12h',
    '12345678m',
    30,
    null,
  ])('rejects %j', (text) => {
    expect(v.safeParse(DurationSchema, text).issues?.[0].message).toBe('must be a duration such as 30d');
  });

  it.each(['3661d', '523w', '5270401m'])('rejects %s as too long', (text) => {
    expect(v.safeParse(DurationSchema, text).issues?.[0].message).toBe('must be a duration from 1m to 3660d');
  });
});
