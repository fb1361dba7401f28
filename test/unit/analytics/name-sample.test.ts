import fc from 'fast-check';
import {
  candidatesOf,
  type Draw,
  estimateOf,
  MAX_NAMES,
  MAX_NUMBERS,
  type NameSample,
  NO_NAMES,
  newDraws,
  numberOf,
  RANGE,
  withDraws,
} from '#shared/analytics/name-sample.ts';
import { fromSampleItem, offerOf, sampleKeys, toSampleItem } from '#shared/analytics/name-sample-item.ts';
import { itemBytes } from '#shared/aws/dynamodb.ts';
import { ORG } from '#test/support/builders.ts';

const NAMES = [
  'other',
  '__proto__',
  'constructor',
  'a#b',
  '🏙',
  ...Array.from({ length: 75 }, (_, nth) => `n${nth}`),
];

/** Some numbers are small, so that names have equal ones. */
const anyNumber = fc.oneof(
  fc.nat({ max: 60 }),
  fc.maxSafeNat().map((number) => number % RANGE),
);
const anyDraw: fc.Arbitrary<Draw> = fc.record({ name: fc.constantFrom(...NAMES), number: anyNumber });
const anyDraws = fc.array(anyDraw, { maxLength: 600, size: 'max' });

/** The sample by its definition, from all events at once. */
const naiveSample = (draws: readonly Draw[]): NameSample => {
  const byName = Map.groupBy(draws, ({ name }) => name);
  const names = [...byName].map(([name, own]) => {
    return { name, numbers: [...new Set(own.map(({ number }) => number))].sort((a, b) => a - b) };
  });
  const least = names.map(({ numbers }) => numbers[0] as number).sort((a, b) => a - b);
  const limit = least[MAX_NAMES] ?? RANGE;
  const kept = names
    .map(({ name, numbers }) => [name, numbers.filter((number) => number < limit)] as const)
    .filter(([, numbers]) => numbers.length > 0);
  return { limit, names: new Map(kept.map(([name, numbers]) => [name, numbers.slice(0, MAX_NUMBERS)])) };
};

/** Adds events one batch after the other. */
const inBatches = (draws: readonly Draw[], size: number): NameSample => {
  let sample = NO_NAMES;
  for (let at = 0; at < draws.length; at += size) sample = withDraws(sample, draws.slice(at, at + size));
  return sample;
};

/** Events of names with so many each. */
const eventsOf = (counts: ReadonlyMap<string, number>): Draw[] =>
  [...counts].flatMap(([name, count]) =>
    Array.from({ length: count }, (_, nth) => ({ name, number: numberOf(`${name}#${nth}`) })),
  );

describe('a sample of names', () => {
  it('depends only on the set of events, not on their order, batches or repetitions', () => {
    fc.assert(
      fc.property(anyDraws, fc.integer({ min: 1, max: 50 }), (draws, size) => {
        const expected = naiveSample(draws);

        expect(inBatches(draws, size)).toEqual(expected);
        expect(inBatches([...draws, ...draws].reverse(), size)).toEqual(expected);
      }),
    );
  });

  it('is not changed by events that would not have changed an earlier state', () => {
    fc.assert(
      fc.property(anyDraws, anyDraws, anyDraws, (before, between, draws) => {
        const earlier = withDraws(NO_NAMES, before);
        const sample = withDraws(earlier, between);
        const changing = new Set(newDraws(earlier, draws));

        const dropped = draws.filter((draw) => !changing.has(draw));

        expect(newDraws(sample, dropped)).toEqual([]);
        expect(withDraws(sample, dropped)).toEqual(sample);
        expect(withDraws(sample, [...changing])).toEqual(withDraws(sample, draws));
      }),
    );
  });

  it('has every name if there are not too many, and exact numbers of rare ones', () => {
    const counts = new Map(NAMES.slice(0, MAX_NAMES).map((name, nth) => [name, 1 + (nth % 20)]));

    const { names, limit } = inBatches(eventsOf(counts), 7);

    expect(new Set(names.keys())).toEqual(new Set(counts.keys()));
    const rare = [...counts].filter(([, count]) => count < MAX_NUMBERS);
    expect(rare.map(([name]) => [name, estimateOf(names.get(name) ?? [], limit)])).toEqual(rare);
  });

  it('never has more names and numbers than an item holds', () => {
    const draws = Array.from({ length: 20_000 }, (_, nth) => ({
      name: `${'\u{1F3D9}'.repeat(120)}${String(nth).padStart(8, '0')}`,
      number: numberOf(String(nth)),
    })).flatMap((draw) => Array.from({ length: 10 }, (_, nth) => ({ ...draw, number: draw.number + nth })));

    const sample = inBatches(draws, 1_000);

    const key = { orgId: ORG, kind: 'track', month: '2025-11', shard: 3 } as const;
    const item = toSampleItem(key, { version: 1_000_000, sample });
    expect(sample.names.size).toBeLessThanOrEqual(MAX_NAMES);
    expect([...sample.names.values()].some(({ length }) => length === MAX_NUMBERS)).toBe(true);
    expect(itemBytes(item)).toBeLessThan(20 * 1024);
  });

  it('is equal after conversion to an item and back', () => {
    fc.assert(
      fc.property(anyDraws, (draws) => {
        const stored = { version: 3, sample: withDraws(NO_NAMES, draws) };
        const key = { orgId: ORG, kind: 'track', month: '2025-11', shard: 3 } as const;

        const item = toSampleItem(key, stored);

        expect(fromSampleItem(item)).toEqual(stored);
        expect(sampleKeys(ORG, 'track', '2025-11').map(({ pk }) => pk)).toContainEqual(item['pk']);
      }),
    );
  });
});

describe('the candidates of samples', () => {
  it('include the most frequent of very many names', () => {
    const frequent = NAMES.slice(0, 20);
    const counts = new Map([
      ...frequent.map((name, nth) => [name, 500 + 50 * nth] as const),
      ...Array.from({ length: 20_000 }, (_, nth) => [`rare ${nth}`, 1] as const),
    ]);
    const offers = ['2025-10', '2025-11', '2025-12'].flatMap((month) =>
      [...counts].flatMap(([type, count]) =>
        Array.from({ length: count }, (_, nth) => {
          const occurredAt = Date.parse(`${month}-15T10:00:00Z`);
          return offerOf(ORG, { contactId: type, sk: `${month} ${nth}`, kind: 'track', type, occurredAt });
        }),
      ),
    );
    const samples = Map.groupBy(offers, ({ key: { month, shard } }) => `${month}#${shard}`);

    const candidates = candidatesOf(
      [...samples.values()].map((own) =>
        withDraws(
          NO_NAMES,
          own.map(({ draw }) => draw),
        ),
      ),
      100,
    );

    expect(candidates.slice(0, 20).toSorted()).toEqual(frequent.toSorted());
  });

  it('are the names with the highest sums of estimates, and of equal ones the first by name', () => {
    const names = (numbers: Record<string, number[]>) => ({
      limit: RANGE,
      names: new Map(Object.entries(numbers)),
    });

    const candidates = candidatesOf([names({ b: [1], a: [2], c: [1] }), names({ c: [7] })], 2);

    expect(candidates).toEqual(['c', 'a']);
  });
});
