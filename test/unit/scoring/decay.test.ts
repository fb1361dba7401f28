import fc from 'fast-check';
import { addTerm, emptyTotal, rankOf, settle, valueAt } from '#shared/scoring/decay.ts';

const NOW = Date.UTC(2026, 0, 12);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const halfLives = fc.oneof(
  fc.constantFrom(HOUR, 30 * DAY, 3_660 * DAY),
  fc.integer({ min: HOUR, max: 3_660 * DAY }),
);
const weights = fc.oneof(
  fc.integer({ min: -15, max: 15 }),
  fc.double({ min: -1_000, max: 1_000, noNaN: true }),
);
const terms = fc.array(
  fc.tuple(
    weights.map((weight) => (Math.abs(weight) < 1e-12 ? 0 : weight)),
    fc.integer({ min: NOW - 3_653 * DAY, max: NOW + 5 * 60_000 }),
  ),
  { maxLength: 60 },
);

const totalOf = (events: readonly (readonly [number, number])[], halfLifeMs: number) => {
  const total = emptyTotal();
  for (const [weight, occurredAt] of events) addTerm(total, halfLifeMs, weight, occurredAt);
  return total;
};

const naive = (events: readonly (readonly [number, number])[], halfLifeMs: number, now: number) => {
  const parts = events.map(([weight, at]) => weight * 2 ** (-(now - at) / halfLifeMs));
  return {
    sum: parts.reduce((sum, part) => sum + part, 0),
    // Subnormal doubles do not have nine significant digits.
    tolerance: 1e-9 * parts.reduce((sum, part) => sum + Math.abs(part), 0) + 1e-300,
  };
};

describe('a decaying sum', () => {
  it('halves every half-life', () => {
    const sum = { sum: 8, at: NOW };

    expect(valueAt(sum, 30 * DAY, NOW)).toBe(8);
    expect(valueAt(sum, 30 * DAY, NOW + 30 * DAY)).toBe(4);
    expect(valueAt(sum, 30 * DAY, NOW + 90 * DAY)).toBe(1);
  });

  it('without terms is zero at any moment', () => {
    expect(settle(emptyTotal(), HOUR, NOW)).toEqual({ sum: 0, at: NOW });
    expect(valueAt({ sum: 0, at: NOW }, HOUR, 0)).toBe(0);
  });

  it.each([1, -15, 1e-300, -1e300])('of %d never reaches zero, however long it decays', (sum) => {
    const value = valueAt({ sum, at: NOW }, HOUR, NOW + 3_660 * DAY);

    expect(value).toBe(sum > 0 ? Number.MIN_VALUE : -Number.MIN_VALUE);
  });

  it('is the sum of its terms, in any order', () => {
    fc.assert(
      fc.property(
        terms.chain((events) =>
          fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })),
        ),
        halfLives,
        ([events, shuffled], halfLifeMs) => {
          const expected = naive(events, halfLifeMs, NOW);

          const sums = [events, shuffled].map(
            (order) => settle(totalOf(order, halfLifeMs), halfLifeMs, NOW).sum,
          );

          for (const sum of sums)
            expect(Math.abs(sum - expected.sum)).toBeLessThanOrEqual(expected.tolerance);
        },
      ),
    );
  });

  it('preserves small remainders of large terms of opposite signs', () => {
    const order = [1_000, 1e-9, -1_000, 1_000, 1e-9, -1_000];

    const total = totalOf(
      order.map((weight) => [weight, NOW]),
      30 * DAY,
    );

    expect(settle(total, 30 * DAY, NOW).sum).toBeCloseTo(2e-9, 20);
  });

  it('read later equals the sum computed later', () => {
    fc.assert(
      fc.property(terms, halfLives, fc.integer({ min: 0, max: 3_653 * DAY }), (events, halfLifeMs, wait) => {
        const later = NOW + wait;
        const expected = naive(events, halfLifeMs, later);

        const sum = valueAt(settle(totalOf(events, halfLifeMs), halfLifeMs, NOW), halfLifeMs, later);

        expect(Math.abs(sum - expected.sum)).toBeLessThanOrEqual(expected.tolerance);
      }),
    );
  });
});

describe('a rank', () => {
  const sums = fc.record({
    sum: fc.oneof(
      fc.constantFrom(0, 1, -1),
      fc.double({ min: -1e6, max: 1e6, noNaN: true }).filter((sum) => sum === 0 || Math.abs(sum) > 1e-100),
    ),
    at: fc.integer({ min: NOW - 30 * DAY, max: NOW }),
  });

  it('has a fixed width', () => {
    fc.assert(
      fc.property(sums, halfLives, (sum, halfLifeMs) => /^[012][0-9a-f]{16}$/.test(rankOf(sum, halfLifeMs))),
    );
  });

  it('preserves the order of the values at any later moment', () => {
    fc.assert(
      fc.property(sums, sums, halfLives, fc.integer({ min: 0, max: 300 }), (a, b, halfLifeMs, halvings) => {
        const later = NOW + halvings * HOUR;
        const [valueA, valueB] = [valueAt(a, halfLifeMs, later), valueAt(b, halfLifeMs, later)];
        const gap = Math.abs(valueA - valueB);
        fc.pre(valueA === valueB || gap > 1e-9 * Math.max(Math.abs(valueA), Math.abs(valueB)));
        fc.pre(a.sum === b.sum || valueA !== valueB);

        const [rankA, rankB] = [rankOf(a, halfLifeMs), rankOf(b, halfLifeMs)];

        if (valueA < valueB) expect(rankA < rankB).toBe(true);
        if (valueA > valueB) expect(rankA > rankB).toBe(true);
      }),
    );
  });

  it.each([
    [-100, -1],
    [-1, -0.001],
    [-0.001, 0],
    [0, 1e-9],
    [1e-9, 0.5],
    [0.5, 2],
    [2, 1e6],
  ])('orders %d below %d', (low, high) => {
    expect(rankOf({ sum: low, at: NOW }, 30 * DAY) < rankOf({ sum: high, at: NOW }, 30 * DAY)).toBe(true);
    expect(rankOf({ sum: low, at: 0 }, 30 * DAY) < rankOf({ sum: high, at: 0 }, 30 * DAY)).toBe(true);
  });

  it('does not change as time passes, so that its index is not written again', () => {
    const events = Array.from({ length: 40 }, (_, nth) => NOW - nth * 7 * DAY - nth * nth * 1_001);
    const rankAt = (count: number, at: number): string => {
      const total = emptyTotal();
      for (const occurredAt of events.slice(0, count)) addTerm(total, 30 * DAY, 1 + count / 7, occurredAt);
      return rankOf(settle(total, 30 * DAY, at), 30 * DAY);
    };
    const moments = Array.from({ length: 250 }, (_, nth) => NOW + nth * 1_234_567);

    const moved = moments.flatMap((at) =>
      [1, 10, 40].filter((count) => rankAt(count, at) !== rankAt(count, NOW)),
    );

    expect(moved.length).toBeLessThanOrEqual(2);
  });

  it('is the same for zero of either sign', () => {
    expect(rankOf({ sum: -0, at: NOW }, DAY)).toBe(rankOf({ sum: 0, at: 0 }, DAY));
  });
});
