import fc from 'fast-check';
import { packsOf } from '#shared/analytics/packing.ts';
import { cellsOf, ROLLUP_SHARDS, rollupKey } from '#shared/analytics/rollup.ts';
import { groupsOf, newEventOf } from '#shared/analytics/stream-record.ts';
import { MAX_ACTIONS } from '#shared/aws/dynamodb.ts';
import { toEventItem } from '#shared/events/event-item.ts';
import { anyEventOf, CONTACTS } from '#test/support/analytics-arbitraries.ts';
import { anEvent, ORG, SARAH_ID } from '#test/support/builders.ts';

import { aRecord } from '#test/support/stream-consumer.ts';

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
    [
      'is of a day that does not exist',
      {
        dynamodb: {
          ApproximateCreationDateTime: 1,
          NewImage: {
            ...toEventItem(ORG, SARAH_ID, anEvent()),
            sk: { S: '2025-13-15T10:30:00.000Z#e0123456789abcdef' },
          } as never,
        },
      },
    ],
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
