import fc from 'fast-check';
import {
  BUCKETS,
  cellsOf,
  cellsOfRow,
  namePartitions,
  rollupKey,
  rollupPartitions,
} from '#shared/analytics/rollup.ts';
import { UNITS } from '#shared/analytics/units.ts';
import { typesOf } from '#shared/events/event-type.ts';
import { anyEventOf, CONTACTS } from '#test/support/analytics-arbitraries.ts';
import { ORG } from '#test/support/builders.ts';

const DAY_MS = 86_400_000;
const START = Date.parse('2024-01-01T00:00:00Z');

describe('the partitions of rollups', () => {
  it('include that of every item, so that a read finds all of them', () => {
    fc.assert(
      fc.property(anyEventOf(CONTACTS), fc.constantFrom(0, 3, 'base' as const), ({ event }, shard) => {
        for (const cell of cellsOf(event)) {
          const { kind, unit } = cell;
          const series = { orgId: ORG, generation: 2, kind, unit };

          const partitions = [...rollupPartitions(series, shard), ...namePartitions(series, shard)];
          expect(partitions).toContain(rollupKey(ORG, 2, shard, cell).pk);
        }
      }),
    );
  });

  it.each(UNITS)('of a %s are distinct, and none is of another shard', (unit) => {
    const series = { orgId: ORG, generation: 2, kind: 'email', unit } as const;

    const all = [0, 1, 2, 3, 'base' as const].flatMap((shard) => rollupPartitions(series, shard));

    expect(new Set(all).size).toBe(5 * BUCKETS[unit]);
  });

  it.each([
    ['of two years', 730],
    ['of a month', 30],
  ])('have similar numbers of the items that an import %s increments', (_span, days) => {
    const items = Map.groupBy(
      Array.from({ length: days }, (_, day) => START + day * DAY_MS).flatMap((occurredAt) =>
        (typesOf('email') ?? []).map((type) => {
          const [, hour] = cellsOfRow({ kind: 'email', type, occurredAt });
          return rollupKey(ORG, 0, 0, hour);
        }),
      ),
      ({ pk }) => pk,
    );

    const sizes = [...items.values()].map(({ length }) => length);
    const even = (days * 7) / BUCKETS.hour;
    expect(sizes).toHaveLength(BUCKETS.hour);
    expect(Math.max(...sizes)).toBeLessThan(even * 1.6);
  });
});
