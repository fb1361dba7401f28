import fc from 'fast-check';
import { crossingOf, satisfiesBound } from '#shared/scoring/crossing.ts';
import { valueAt } from '#shared/scoring/decay.ts';

const NOW = Date.UTC(2026, 0, 12);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('a crossing', () => {
  it.each([
    [
      'a score decays to its lower limit and is satisfied until it falls below',
      8,
      { is: 'atLeast', limit: 4 },
      30 * DAY + 1,
    ],
    ['a score decays to its upper limit', 8, { is: 'atMost', limit: 4 }, 30 * DAY],
    ['a negative score rises to its lower limit', -8, { is: 'atLeast', limit: -1 }, 90 * DAY],
    ['a negative score rises above its upper limit', -8, { is: 'atMost', limit: -1 }, 90 * DAY + 1],
  ] as const)('%s', (_, sum, bound, wait) => {
    expect(crossingOf({ sum, at: NOW }, 30 * DAY, bound, NOW)).toBe(NOW + wait);
  });

  it.each([
    [8, { is: 'atLeast', limit: -1 }],
    [8, { is: 'atLeast', limit: 9 }],
    [8, { is: 'atLeast', limit: 0 }],
    [8, { is: 'atMost', limit: 9 }],
    [8, { is: 'atMost', limit: -1 }],
    [8, { is: 'atMost', limit: 0 }],
    [-8, { is: 'atLeast', limit: 0 }],
    [0, { is: 'atLeast', limit: 0 }],
    [0, { is: 'atLeast', limit: 1 }],
    [-8, { is: 'atMost', limit: 0 }],
    [-8, { is: 'atLeast', limit: 1 }],
  ] as const)('of %d and %j never occurs', (sum, bound) => {
    expect(crossingOf({ sum, at: NOW }, 30 * DAY, bound, NOW)).toBeUndefined();
  });

  it('never occurs if it is beyond the range of dates', () => {
    const sum = { sum: 1, at: NOW };

    expect(crossingOf(sum, 3_660 * DAY, { is: 'atMost', limit: 2 ** -700 }, NOW)).toBe(
      NOW + 700 * 3_660 * DAY,
    );
    expect(crossingOf(sum, 3_660 * DAY, { is: 'atMost', limit: 2 ** -900 }, NOW)).toBeUndefined();
  });

  it('is the first millisecond at which the result differs', () => {
    const limits = fc.oneof(
      fc.constantFrom(0, 1, -1, 5e-324),
      fc.double({ min: -100, max: 100, noNaN: true }),
    );
    const bounds = fc.record({ is: fc.constantFrom('atLeast' as const, 'atMost' as const), limit: limits });
    const sums = fc.record({
      sum: fc.oneof(fc.constantFrom(0, 1, 64, -64), fc.double({ min: -1e5, max: 1e5, noNaN: true })),
      at: fc.integer({ min: NOW - DAY, max: NOW }),
    });
    fc.assert(
      fc.property(
        sums,
        bounds,
        fc.integer({ min: HOUR, max: 3_660 * DAY }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }),
        (sum, bound, halfLifeMs, shares) => {
          const satisfiedAt = (moment: number) => satisfiesBound(valueAt(sum, halfLifeMs, moment), bound);

          const crossing = crossingOf(sum, halfLifeMs, bound, NOW);

          const end = crossing ?? Date.UTC(9999, 0);
          expect(end).toBeGreaterThan(NOW);
          expect(Number.isSafeInteger(end)).toBe(true);
          const sooner = shares.map((share) => NOW + Math.floor(share * (end - 1 - NOW)));
          for (const moment of [NOW, ...sooner, end - 1]) expect(satisfiedAt(moment)).toBe(satisfiedAt(NOW));
          if (crossing !== undefined) expect(satisfiedAt(crossing)).toBe(!satisfiedAt(NOW));
        },
      ),
      { numRuns: 500 },
    );
  });
});
