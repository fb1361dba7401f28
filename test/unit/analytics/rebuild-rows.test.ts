import fc from 'fast-check';
import { addUp } from '#shared/analytics/add-up.ts';
import { createPartBuilder } from '#shared/analytics/counted-part.ts';
import {
  addHour,
  addHours,
  baseRollups,
  cellsWithTotal,
  fromHoursText,
  type HourCounts,
  hourCellOf,
  splitHours,
  toHoursText,
} from '#shared/analytics/hour-counts.ts';
import { fromRebuildItem, type RebuildRow, toNoteItem, toPartItem } from '#shared/analytics/rebuild-item.ts';
import { fromTaskText, type RebuildTask, toTaskText } from '#shared/analytics/rebuild-task.ts';
import { cellsOf, increment, rollupKey } from '#shared/analytics/rollup.ts';
import { type NewEvent, newEventOf } from '#shared/analytics/stream-record.ts';
import { toEventItem } from '#shared/events/event-item.ts';
import { anyEventOf, CONTACTS } from '#test/support/analytics-arbitraries.ts';
import { ORG, SARAH_ID } from '#test/support/builders.ts';

let made = 0;

/** Stream events of one contact, without duplicates. */
const anyHistory = fc
  .array(anyEventOf([SARAH_ID]), { maxLength: 40, size: 'max' })
  .map((events): NewEvent[] => {
    const items = new Map(
      events.map(({ event }) => {
        const item = toEventItem(ORG, SARAH_ID, event);
        return [item['sk']?.S, item] as const;
      }),
    );
    return [...items.values()].map((NewImage) => {
      made += 1;
      const dynamodb = { ApproximateCreationDateTime: 1_770_000_000, NewImage: NewImage as never };
      return newEventOf({ eventID: `record ${made}`, dynamodb });
    });
  });

const countsOf = (events: readonly Pick<NewEvent, 'kind' | 'type' | 'occurredAt'>[]): HourCounts => {
  const counts: HourCounts = new Map();
  for (const event of events) addHour(counts, hourCellOf(event));
  return counts;
};

/** The counts without cells that are zero. */
const leftOf = (counts: HourCounts): HourCounts =>
  new Map(
    [...counts]
      .map(([series, hours]) => [series, new Map([...hours].filter(([, count]) => count !== 0))] as const)
      .filter(([, hours]) => hours.size > 0),
  );

const anyCounts = anyHistory.map(countsOf);

/** Counts with those of all names. */
const withTotals = (counts: HourCounts): HourCounts => {
  const all: HourCounts = new Map();
  for (const [series, hours] of counts) {
    for (const [hour, count] of hours) {
      for (const cell of cellsWithTotal({ series, hour })) addHour(all, cell, count);
    }
  }
  return all;
};

/** The sum of counts. */
const sumOf = async (sums: AsyncIterable<HourCounts>): Promise<HourCounts> => {
  const all: HourCounts = new Map();
  for await (const sum of sums) addHours(all, sum);
  return all;
};

/** Rows in pages and in the order of their keys, as a Query returns them. */
async function* pagesOf(rows: readonly RebuildRow[], size = 2): AsyncGenerator<readonly RebuildRow[]> {
  for (let at = 0; at < rows.length; at += size) yield rows.slice(at, at + size);
}

/** The parts that an attempt stores of a contact: all full parts, and the last. */
const partsOf = (events: readonly NewEvent[], maxBytes: number) => {
  const builder = createPartBuilder(maxBytes);
  const full = events.flatMap((event) => builder.add(event) ?? []);
  return { full, last: builder.rest() };
};

/** The rows of an attempt as they are read from the table. */
const rowsOf = (contactId: string, attempt: string, events: readonly NewEvent[], isFinished = true) => {
  const { full, last } = partsOf(events, 200);
  const parts = full.map((part, at) =>
    fromRebuildItem({ sk: { S: `${contactId}#rebuild#${attempt}#${at + 1}` }, ...toPartItem(part) }),
  );
  const head = fromRebuildItem({
    sk: { S: `${contactId}#rebuild` },
    ...toPartItem(last),
    attempt: { S: attempt },
    parts: { N: String(full.length) },
  });
  return isFinished ? [head, ...parts] : parts;
};

const noteOf = (contactId: string, events: readonly NewEvent[]): RebuildRow[] =>
  events.length === 0 ? [] : [fromRebuildItem(toNoteItem(ORG, { generation: 1, contactId, events }))];

describe('counts by hour', () => {
  it('are equal after conversion to text and back', () => {
    fc.assert(
      fc.property(anyCounts, (counts) => {
        expect(fromHoursText(toHoursText(counts))).toEqual(counts);
      }),
    );
  });

  it('have the documented compact text', () => {
    const counts: HourCounts = new Map([
      [
        'email#opened',
        new Map([
          [481_235, 3],
          [481_234, 1],
        ]),
      ],
      ['web#click', new Map([[481_234, 12]])],
    ]);

    expect(toHoursText(counts)).toBe('{"email#opened":"abbm,1*3","web#click":"abbm*12"}');
  });

  it('are cut into parts that fit and together are complete', () => {
    fc.assert(
      fc.property(anyCounts, fc.integer({ min: 60, max: 400 }), (counts, maxBytes) => {
        const parts = splitHours(counts, maxBytes);

        const whole: HourCounts = new Map();
        for (const part of parts) addHours(whole, part);
        expect(whole).toEqual(counts);
        expect(parts.every((part) => Buffer.byteLength(toHoursText(part)) <= maxBytes)).toBe(true);
      }),
    );
  });

  it('are cut into the same parts regardless of the order of events', () => {
    fc.assert(
      fc.property(anyHistory, (events) => {
        const textsOf = (counts: HourCounts) => splitHours(counts, 100).map(toHoursText);

        expect(textsOf(countsOf([...events].reverse()))).toEqual(textsOf(countsOf(events)));
      }),
    );
  });

  it('produce the same rollups as the events', () => {
    fc.assert(
      fc.property(anyHistory, (events) => {
        const expected = new Map();
        for (const event of events) {
          for (const cell of cellsOf(event)) increment(expected, rollupKey(ORG, 1, 'base', cell), cell.field);
        }

        expect(baseRollups(ORG, 1, withTotals(countsOf(events)))).toEqual(expected);
      }),
    );
  });
});

describe('a contact in parts', () => {
  it('is complete, and each part fits into an item', () => {
    fc.assert(
      fc.property(anyHistory, fc.integer({ min: 60, max: 400 }), (events, maxBytes) => {
        const { full, last } = partsOf(events, maxBytes);

        const whole: HourCounts = new Map();
        for (const { hours } of [...full, last]) addHours(whole, hours);
        expect(whole).toEqual(countsOf(events));
        expect([...full, last].reduce((sum, { hashes }) => sum + hashes.length, 0)).toBe(8 * events.length);
        for (const { hashes, hours } of [...full, last]) {
          expect(hashes.length + Buffer.byteLength(toHoursText(hours))).toBeLessThanOrEqual(
            Math.max(maxBytes, 120),
          );
        }
      }),
    );
  });
});

describe('adding up', () => {
  it('counts the events that the rebuild has read, minus those that the consumer has counted', async () => {
    const anyContact = fc.record({
      events: anyHistory,
      /** The numbers of events that the consumer has counted, in two transactions, and that the rebuild has read. */
      split: fc.tuple(fc.nat({ max: 40 }), fc.nat({ max: 40 })),
      isRead: fc.boolean(),
      others: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyContact, { maxLength: CONTACTS.length }),
        fc.nat({ max: 60 }),
        async (contacts, maxCells) => {
          const expected: HourCounts = new Map();
          const rows = contacts.flatMap(({ events, split: [noted, read], isRead, others }, at) => {
            const contactId = CONTACTS.toSorted()[at] as string;
            const counted = isRead ? events.slice(0, read) : [];
            addHours(expected, countsOf(counted.filter((event) => events.indexOf(event) >= noted)));
            return [
              ...noteOf(contactId, events.slice(0, Math.floor(noted / 2))),
              ...noteOf(contactId, events.slice(Math.floor(noted / 2), noted)),
              ...(isRead ? rowsOf(contactId, 'b', counted) : []),
              ...(others ? rowsOf(contactId, 'c', events, false) : []),
            ];
          });

          const sum = await sumOf(addUp(pagesOf(rows), maxCells));
          expect(leftOf(sum)).toEqual(withTotals(expected));
        },
      ),
    );
  });

  it('fails if a part is missing', async () => {
    const events = fc.sample(anyHistory, { numRuns: 20, seed: 1 }).flat();
    const rows = rowsOf(SARAH_ID, 'a', events);
    expect(rows.length).toBeGreaterThan(2);

    await expect(sumOf(addUp(pagesOf(rows.slice(0, -1))))).rejects.toThrow('lacks 1 part');
  });
});

describe('a task', () => {
  it.each<RebuildTask>([
    { kind: 'read', generation: 3, contactId: SARAH_ID },
    { kind: 'sum', generation: 12, shard: 63 },
    { kind: 'total', generation: 3, slice: 15 },
    { kind: 'remove', generation: 0, slice: 0 },
  ])('is equal after conversion to text and back: $kind', (task) => {
    expect(fromTaskText(toTaskText(task))).toEqual(task);
    expect(toTaskText(task)).not.toContain(' ');
  });

  it.each(['', 'read', 'sum#1', 'total#1', 'total#1#x', 'remove#1#2#3'])(
    'cannot be parsed from "%s"',
    (text) => {
      expect(() => fromTaskText(text)).toThrow('not a task');
    },
  );
});
