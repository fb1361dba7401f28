import type { DynamoDBRecord } from 'aws-lambda';
import fc from 'fast-check';
import { createCountEvents } from '#functions/analytics/count/handler.ts';
import { begun, type Generations, NEVER_REBUILT } from '#shared/analytics/generations.ts';
import { MAX_ACTIONS, packsOf } from '#shared/analytics/packing.ts';
import { cellsOf, ROLLUP_SHARDS, rollupKey } from '#shared/analytics/rollup.ts';
import { groupsOf, newEventOf } from '#shared/analytics/stream-record.ts';
import { toEventItem } from '#shared/events/event-item.ts';
import { anyEventOf, CONTACTS } from '#test/support/analytics-arbitraries.ts';
import { aBudget, anEvent, ORG, SARAH_ID } from '#test/support/builders.ts';

let made = 0;

/** A stream record of an event, unless overridden. */
const aRecord = (overrides: Partial<DynamoDBRecord> = {}, event = anEvent(), second = 1_770_000_000) => {
  made += 1;
  return {
    eventID: `record ${made}`,
    eventName: 'INSERT',
    dynamodb: {
      ApproximateCreationDateTime: second,
      SequenceNumber: String(made),
      NewImage: toEventItem(ORG, SARAH_ID, event),
    },
    ...overrides,
  } as DynamoDBRecord;
};

const anyRecord = fc
  .tuple(anyEventOf(CONTACTS), fc.nat({ max: 200 }))
  .map(([{ event }, second]) => aRecord({}, event, 1_770_000_000 + second));

describe('a record', () => {
  it('has the same shard and mark at every delivery', () => {
    const record = aRecord();

    expect(newEventOf(structuredClone(record))).toEqual(newEventOf(record));
  });

  it('is in the group of its organisation and shard once, even if it is delivered twice', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { maxLength: 60 }), (records) => {
        const groups = groupsOf([...records, ...records].map(newEventOf));

        const ids = groups.flatMap(({ events }) => events.map(({ recordId }) => recordId));
        expect(ids.sort()).toEqual(records.map((record) => newEventOf(record).recordId).sort());
        expect(groups.every(({ shard, events }) => events.every((event) => event.shard === shard))).toBe(
          true,
        );
        expect(groups.length).toBeLessThanOrEqual(ROLLUP_SHARDS);
      }),
    );
  });

  it.each([
    ['has no image', { dynamodb: { ApproximateCreationDateTime: 1 } }],
    ['has an image of something else', { dynamodb: { ApproximateCreationDateTime: 1, NewImage: {} } }],
    ['has no time', { dynamodb: { NewImage: toEventItem(ORG, SARAH_ID, anEvent()) as never } }],
    ['has no id', { eventID: '' }],
  ])('is rejected if it %s', (_what, overrides) => {
    expect(() => newEventOf(aRecord(overrides))).toThrow();
  });
});

describe('transactions', () => {
  it('contain every event once with all its counts, in at most 100 actions each', () => {
    const generations = fc.constantFrom([0], [0, 1], []);
    const noteGeneration = fc.constantFrom(1, undefined);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(anyRecord, generations, noteGeneration), { maxLength: 300 }),
        (records) => {
          const placed = records.map(([record, countIn, noteIn]) => ({
            event: { ...newEventOf(record), shard: 1 },
            countIn,
            noteIn,
          }));

          const packs = packsOf(placed);

          expect(packs.flatMap(({ events }) => events)).toHaveLength(placed.length);
          expect(new Set(packs.flatMap(({ events }) => events)).size).toBe(placed.length);
          for (const { events, increments, notes, actions } of packs) {
            const seconds = new Set(events.map(({ second }) => second));
            expect(actions).toBe(1 + seconds.size + increments.size + notes.length);
            expect(actions).toBeLessThanOrEqual(MAX_ACTIONS);
          }
          const noted = packs.flatMap(({ notes }) => notes.flatMap((note) => note.events));
          expect(new Set(noted)).toEqual(
            new Set(placed.flatMap(({ event, noteIn }) => (noteIn === 1 ? [event] : []))),
          );
          const counts = new Map<string, number>();
          for (const { key, counts: fields } of packs.flatMap(({ increments }) => [...increments.values()])) {
            for (const [field, count] of fields) {
              const id = `${key.pk}|${key.sk}|${field}`;
              counts.set(id, (counts.get(id) ?? 0) + count);
            }
          }
          const expected = new Map<string, number>();
          for (const { event, countIn } of placed) {
            for (const cell of countIn.flatMap((generation) =>
              cellsOf(event).map((each) => ({ key: rollupKey(ORG, generation, 1, each), field: each.field })),
            )) {
              const id = `${cell.key.pk}|${cell.key.sk}|${cell.field}`;
              expected.set(id, (expected.get(id) ?? 0) + 1);
            }
          }
          expect(counts).toEqual(expected);
        },
      ),
    );
  });
});

describe('a consumer', () => {
  const generations = { change: async () => NEVER_REBUILT };
  const counted = { counted: async () => new Map() };
  const state = {
    generations: NEVER_REBUILT,
    marks: new Map([[1_770_000_000, { version: 0, ids: new Set<string>() }]]),
  };

  it('retries while other consumers write the same marks, and throws when the time is up', async () => {
    const budget = aBudget(5_000);
    let commits = 0;
    const commit = async () => {
      commits += 1;
      return 'conflict' as const;
    };
    const deps = {
      rollups: { countState: async () => state, commit },
      generations,
      counted,
      onCounted: () => {},
      budget: () => budget,
    };

    const counting = createCountEvents(deps)({ Records: [aRecord()] });

    await expect(counting).rejects.toThrow('Not all records could be counted');
    expect(commits).toBeGreaterThan(3);
    expect(budget.pauses.length).toBe(commits - 1);
  });

  it('reports the number of counted events and the time since the oldest was stored', async () => {
    const reports: unknown[] = [];
    const commit = async () => 'committed' as const;
    const onCounted = (report: unknown) => reports.push(report);
    const budget = aBudget();
    const deps = {
      rollups: { countState: async () => state, commit },
      generations,
      counted,
      onCounted,
      budget: () => budget,
    };

    await createCountEvents(deps)({ Records: [aRecord(), aRecord()] });
    await createCountEvents(deps)({ Records: [] });

    expect(reports).toEqual([{ events: 2, lagMs: budget.now() - 1_770_000_000_000 }]);
  });

  it('counts the other groups if one group cannot be counted', async () => {
    const committed = new Set<number>();
    const commit = async ({ shard }: { shard: number }) => {
      if (shard === 0) throw Object.assign(new Error('no'), { $fault: 'client' });
      committed.add(shard);
      return 'committed' as const;
    };
    const deps = {
      rollups: { countState: async () => state, commit },
      generations,
      counted,
      onCounted: () => {},
      budget: () => aBudget(),
    };
    const records = Array.from({ length: 60 }, () => aRecord());

    await expect(createCountEvents(deps)({ Records: records })).rejects.toThrow();

    expect([...committed].sort()).toEqual([1, 2, 3]);
  });

  it.each([
    ['abandons a rebuild that takes too long', 6, 1],
    ['does not abandon a rebuild that is still in time', 4, 0],
  ])('%s', async (_what, days, abandonments) => {
    const budget = aBudget();
    let current = begun('reb_1', budget.now() - days * 86_400_000)(NEVER_REBUILT) ?? NEVER_REBUILT;
    let changes = 0;
    const change = async (_orgId: string, to: (from: Generations) => Generations | undefined) => {
      changes += 1;
      current = to(current) ?? current;
      return current;
    };
    const deps = {
      rollups: {
        countState: async () => ({ ...state, generations: current }),
        commit: async () => 'committed' as const,
      },
      generations: { change },
      counted,
      onCounted: () => {},
      budget: () => budget,
    };

    await createCountEvents(deps)({ Records: [aRecord()] });

    expect(changes).toBe(abandonments);
    expect(current.building === undefined).toBe(abandonments === 1);
  });
});
