import type { DynamoDBRecord } from 'aws-lambda';
import fc from 'fast-check';
import { createCountEvents } from '#functions/analytics/count/handler.ts';
import {
  abandoned,
  begun,
  type ContactReading,
  closed,
  NEVER_REBUILT,
  switched,
  verdictOf,
} from '#shared/analytics/generations.ts';
import { MAX_ACTIONS, packsOf } from '#shared/analytics/packing.ts';
import { cellsOf, rollupKey, SLOTS } from '#shared/analytics/rollup.ts';
import { groupsOf, newEventOf } from '#shared/analytics/stream-record.ts';
import { toEventItem } from '#shared/events/event-item.ts';
import { anyEventOf, CONTACTS } from '#test/support/analytics-arbitraries.ts';
import { aBudget, anEvent, ORG, SARAH_ID } from '#test/support/builders.ts';

let made = 0;

/** A record of the stream, of an event unless overridden. */
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
  it('goes to the same slot and mark at every delivery', () => {
    const record = aRecord();

    expect(newEventOf(structuredClone(record))).toEqual(newEventOf(record));
  });

  it('is in one group with those of its organisation and slot, once', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { maxLength: 60 }), (records) => {
        const groups = groupsOf([...records, ...records].map(newEventOf));

        const ids = groups.flatMap(({ events }) => events.map(({ recordId }) => recordId));
        expect(ids.sort()).toEqual(records.map((record) => newEventOf(record).recordId).sort());
        expect(groups.every(({ slot, events }) => events.every((event) => event.slot === slot))).toBe(true);
        expect(groups.length).toBeLessThanOrEqual(SLOTS);
      }),
    );
  });

  it.each([
    ['has no image', { dynamodb: { ApproximateCreationDateTime: 1 } }],
    ['has an image of something else', { dynamodb: { ApproximateCreationDateTime: 1, NewImage: {} } }],
    ['has no time', { dynamodb: { NewImage: toEventItem(ORG, SARAH_ID, anEvent()) as never } }],
    ['has no id', { eventID: '' }],
  ])('is none of an event where it %s', (_what, overrides) => {
    expect(() => newEventOf(aRecord(overrides))).toThrow();
  });
});

describe('transactions', () => {
  it('hold every event once with all its counts, in at most 100 actions', () => {
    const generations = fc.constantFrom([0], [0, 1], []);
    fc.assert(
      fc.property(fc.array(fc.tuple(anyRecord, generations), { maxLength: 300 }), (records) => {
        const placed = records.map(([record, countIn]) => ({
          event: { ...newEventOf(record), slot: 1 },
          countIn,
        }));

        const packs = packsOf(placed);

        expect(packs.flatMap(({ events }) => events)).toHaveLength(placed.length);
        expect(new Set(packs.flatMap(({ events }) => events)).size).toBe(placed.length);
        for (const { events, increments, actions } of packs) {
          const seconds = new Set(events.map(({ second }) => second));
          expect(actions).toBe(1 + seconds.size + increments.size);
          expect(actions).toBeLessThanOrEqual(MAX_ACTIONS);
        }
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
      }),
    );
  });
});

describe('where an event counts', () => {
  const event = { sk: 'an event', second: 1_000 };
  const none: ContactReading = { kind: 'none' };
  const reading: ContactReading = { kind: 'reading' };
  const done = (...sks: string[]): ContactReading => ({ kind: 'done', counted: (sk) => sks.includes(sk) });
  const building = begun(NEVER_REBUILT);
  const closing = closed(building);
  const current = switched(closing, 1_000);

  it.each([
    ['was never rebuilt', NEVER_REBUILT, none, [0], false],
    ['is being rebuilt, and has not come to the contact', building, none, [0], true],
    ['is being rebuilt, and is reading the contact', building, reading, undefined, false],
    ['is being rebuilt, and has read it with the event', building, done('an event'), [0], false],
    ['is being rebuilt, and has read it without', building, done('another'), [0, 1], false],
    ['is about to end, and has not read the contact', closing, none, undefined, true],
    ['is about to end, and has read it without', closing, done(), [0, 1], false],
    ['was rebuilt without the contact', current, none, [1], false],
    ['was rebuilt with the event', current, done('an event'), [], false],
    ['was rebuilt before the event', current, done(), [1], false],
    ['was given up', abandoned(building), done('an event'), [0], false],
  ])('where the organisation %s', (_what, generations, read, countIn, wanted) => {
    expect(verdictOf(generations, event, () => read)).toEqual({ countIn, wanted });
  });

  it('is not looked up where its record is newer than the rebuild', () => {
    const late = { ...event, second: 1_001 };

    expect(verdictOf(current, late, () => done('an event'))).toEqual({ countIn: [1], wanted: false });
  });

  it('is not a number that another rebuild has used', () => {
    expect([begun(current).building, begun(abandoned(building)).building]).toEqual([2, 2]);
  });
});

describe('a consumer', () => {
  const rebuilds = {
    change: async () => true,
    leasedUntil: async () => 0,
    readings: async () => new Map(),
    want: async () => {},
  };
  const state = {
    generations: NEVER_REBUILT,
    marks: new Map([[1_770_000_000, { version: 0, ids: new Set<string>() }]]),
  };

  it('tries again while others are at work, and gives up when the time is', async () => {
    const budget = aBudget(5_000);
    let commits = 0;
    const commit = async () => {
      commits += 1;
      return 'conflict' as const;
    };
    const deps = {
      rollups: { countState: async () => state, commit },
      rebuilds,
      onCounted: () => {},
      budget: () => budget,
    };

    const counting = createCountEvents(deps)({ Records: [aRecord()] });

    await expect(counting).rejects.toThrow('Not all records could be counted');
    expect(commits).toBeGreaterThan(3);
    expect(budget.pauses.length).toBe(commits - 1);
  });

  it('tells how many events it has counted, and how long after the oldest was stored', async () => {
    const told: unknown[] = [];
    const commit = async () => 'committed' as const;
    const onCounted = (counted: unknown) => told.push(counted);
    const budget = aBudget();
    const deps = {
      rollups: { countState: async () => state, commit },
      rebuilds,
      onCounted,
      budget: () => budget,
    };

    await createCountEvents(deps)({ Records: [aRecord(), aRecord()] });
    await createCountEvents(deps)({ Records: [] });

    expect(told).toEqual([{ events: 2, lagMs: budget.now() - 1_770_000_000_000 }]);
  });

  it('counts the other groups where one cannot be counted', async () => {
    const committed = new Set<number>();
    const commit = async ({ slot }: { slot: number }) => {
      if (slot === 0) throw Object.assign(new Error('no'), { $fault: 'client' });
      committed.add(slot);
      return 'committed' as const;
    };
    const deps = {
      rollups: { countState: async () => state, commit },
      rebuilds,
      onCounted: () => {},
      budget: () => aBudget(),
    };
    const records = Array.from({ length: 60 }, () => aRecord());

    await expect(createCountEvents(deps)({ Records: records })).rejects.toThrow();

    expect([...committed].sort()).toEqual([1, 2, 3]);
  });
});
