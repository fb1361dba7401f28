import type { DynamoDBRecord } from 'aws-lambda';
import fc from 'fast-check';
import { type CountEventsDeps, createCountEvents } from '#functions/analytics/count/handler.ts';
import { begun, type Generations, NEVER_REBUILT } from '#shared/analytics/generations.ts';
import { MAX_ACTIONS, packsOf } from '#shared/analytics/packing.ts';
import { cellsOf, ROLLUP_SHARDS, rollupKey } from '#shared/analytics/rollup.ts';
import type { Commit } from '#shared/analytics/rollup-store.ts';
import { groupsOf, newEventOf } from '#shared/analytics/stream-record.ts';
import type { StreamDeadLetter } from '#shared/aws/set-aside.ts';
import { toEventItem } from '#shared/events/event-item.ts';
import { anyEventOf, CONTACTS } from '#test/support/analytics-arbitraries.ts';
import { aBudget, anAwsError, anEvent, ORG, SARAH_ID } from '#test/support/builders.ts';
import { aQueue } from '#test/support/refresh-world.ts';

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

/** A consumer whose commits do what a test says. */
const aConsumer = (overrides: Partial<CountEventsDeps> = {}) => {
  const { sent: letters, queue: deadLetters } = aQueue<StreamDeadLetter>();
  const budget = aBudget(5_000);
  const reports: unknown[] = [];
  const count = createCountEvents({
    rollups: { countState: async (_orgId, _shard, marks) => ({ generations: NEVER_REBUILT, marks }), commit },
    generations: { change: async () => NEVER_REBUILT },
    counted: { counted: async () => new Map() },
    deadLetters,
    onCounted: (report) => reports.push(report),
    budget: () => budget,
    ...overrides,
  });
  return { run: (...Records: DynamoDBRecord[]) => count({ Records }), letters, budget, reports };
};

const commit = async () => 'committed' as const;

/** Commits that do what a test says for each transaction, and the ids of the records that are committed. */
const commitsOf = (decide: (commit: Commit) => void) => {
  const committed = new Set<string>();
  const rollups: CountEventsDeps['rollups'] = {
    countState: async (_orgId, _shard, marks) => ({ generations: NEVER_REBUILT, marks }),
    commit: async (input) => {
      decide(input);
      for (const { add } of input.marks.values()) for (const id of add) committed.add(id);
      return 'committed';
    },
  };
  return { committed, rollups };
};

/** The ids that a commit adds to its marks. */
const idsOf = ({ marks }: Commit): string[] => [...marks.values()].flatMap(({ add }) => [...add]);

describe('a consumer', () => {
  it('retries while other consumers write the same marks, and throws when the time is up', async () => {
    let commits = 0;
    const { rollups } = commitsOf(() => {});
    const conflict = async () => {
      commits += 1;
      return 'conflict' as const;
    };
    const { run, budget } = aConsumer({ rollups: { ...rollups, commit: conflict } });

    const counting = run(aRecord());

    await expect(counting).rejects.toThrow('Not all records could be counted');
    expect(commits).toBeGreaterThan(3);
    expect(budget.pauses.length).toBe(commits - 1);
  });

  it('reads only what is new of a mark when it tries again', async () => {
    const known: number[] = [];
    let row = 0;
    const { run } = aConsumer({
      rollups: {
        countState: async (_orgId, _shard, marks) => {
          known.push(...[...marks.values()].map(({ version }) => version));
          row += 1;
          const read = [...marks.keys()].map(
            (second) => [second, { version: row, ids: new Set<string>() }] as const,
          );
          return { generations: NEVER_REBUILT, marks: new Map(read) };
        },
        commit: async () => (row < 4 ? 'conflict' : 'committed'),
      },
    });

    await run(aRecord());

    expect(known).toEqual([0, 1, 2, 3]);
  });

  it('reads only what is new of a mark for a later batch of the same second', async () => {
    const known: number[] = [];
    const { run } = aConsumer({
      rollups: {
        countState: async (_orgId, _shard, marks) => {
          known.push(...[...marks.values()].map(({ version }) => version));
          return { generations: NEVER_REBUILT, marks };
        },
        commit: async () => 'committed',
      },
    });
    const record = aRecord();
    const { shard } = newEventOf(record);
    const ofSameShard = Array.from({ length: 50 }, () => aRecord()).filter(
      (other) => newEventOf(other).shard === shard,
    );

    await run(record);
    await run(...ofSameShard);
    await run(record);

    expect(known).toEqual([0, 1, 2]);
  });

  it.each([
    ['once while the generations are the same', [1, 1, 1], 1],
    ['again when they have changed', [1, 2, 2], 2],
  ])(
    'looks up what a rebuild has counted of a contact %s, however often it tries',
    async (_when, epochs, times) => {
      const building = { generation: 1, jobId: 'reb_1', isClosed: false, until: Number.MAX_SAFE_INTEGER };
      let attempts = 0;
      let lookUps = 0;
      const { run } = aConsumer({
        rollups: {
          countState: async (_orgId, _shard, marks) => {
            const epoch = epochs[attempts] as number;
            attempts += 1;
            return { generations: { ...NEVER_REBUILT, epoch, building }, marks };
          },
          commit: async () => (attempts < epochs.length ? 'conflict' : 'committed'),
        },
        counted: {
          counted: async () => {
            lookUps += 1;
            return new Map();
          },
        },
      });

      await run(aRecord());

      expect([attempts, lookUps]).toEqual([epochs.length, times]);
    },
  );

  it('reports the number of counted events and the time since the oldest was stored', async () => {
    const { run, reports, budget } = aConsumer();

    await run(aRecord(), aRecord());
    await run();

    expect(reports).toEqual([{ events: 2, lagMs: budget.now() - 1_770_000_000_000 }]);
  });

  it('counts the other groups if one group cannot be counted', async () => {
    const shards = new Set<number>();
    const { rollups } = commitsOf(({ shard }) => {
      if (shard === 0) throw anAwsError('AccessDeniedException', 400);
      shards.add(shard);
    });
    const { run, letters } = aConsumer({ rollups });
    const records = Array.from({ length: 60 }, () => aRecord());

    await expect(run(...records)).rejects.toThrow('Not all records could be counted');

    expect([...shards].sort()).toEqual([1, 2, 3]);
    expect(letters).toEqual([]);
  });

  it.each([
    ['abandons a rebuild that takes too long', 6, 1],
    ['does not abandon a rebuild that is still in time', 4, 0],
  ])('%s', async (_what, days, abandonments) => {
    const started = aBudget().now() - days * 86_400_000;
    let current = begun('reb_1', started)(NEVER_REBUILT) ?? NEVER_REBUILT;
    let changes = 0;
    const change = async (_orgId: string, to: (from: Generations) => Generations | undefined) => {
      changes += 1;
      current = to(current) ?? current;
      return current;
    };
    const { run } = aConsumer({
      rollups: { countState: async (_orgId, _shard, marks) => ({ generations: current, marks }), commit },
      generations: { change },
    });

    await run(aRecord());

    expect(changes).toBe(abandonments);
    expect(current.building === undefined).toBe(abandonments === 1);
  });
});

describe('records that can never be counted', () => {
  const unreadable = (sequence: string) =>
    aRecord({
      eventSourceARN: 'arn:aws:dynamodb:eu-west-1:111122223333:table/Events/stream/2026-01-01T00:00:00.000',
      dynamodb: {
        ApproximateCreationDateTime: 1_770_000_000,
        SequenceNumber: sequence,
        Keys: { pk: { S: 'o_1#nobody' }, sk: { S: 'never' } },
        NewImage: { pk: { S: 'o_1#nobody' }, sk: { S: 'never' }, m: { S: '{"secret":1}' } },
      },
    });

  it('are set aside by their keys, without the content of their items, and the others are counted', async () => {
    const { committed, rollups } = commitsOf(() => {});
    const { run, letters } = aConsumer({ rollups });
    const poison = unreadable('7');

    await run(aRecord(), poison, aRecord());

    expect(committed.size).toBe(2);
    expect(letters).toEqual([
      {
        reason: 'unreadable',
        eventId: poison.eventID,
        eventName: 'INSERT',
        sequenceNumber: '7',
        createdAt: 1_770_000_000,
        stream: poison.eventSourceARN,
        keys: { pk: { S: 'o_1#nobody' }, sk: { S: 'never' } },
      },
    ]);
    expect(JSON.stringify(letters)).not.toContain('secret');
  });

  it.each([
    ['the item itself', anAwsError('ValidationException', 400)],
    [
      'one of the writes of its transaction',
      Object.assign(anAwsError('TransactionCanceledException', 400), {
        CancellationReasons: [{ Code: 'None' }, { Code: 'ValidationError' }],
      }),
    ],
  ])('are found among many that are counted together, if AWS refuses %s', async (_what, refusal) => {
    const records = Array.from({ length: 40 }, () => aRecord());
    const poison = newEventOf(records[17] as DynamoDBRecord).recordId;
    const { committed, rollups } = commitsOf((input) => {
      if (idsOf(input).includes(poison)) throw refusal;
    });
    const { run, letters, reports, budget } = aConsumer({ rollups });

    await run(...records);

    expect(letters.map(({ reason, sequenceNumber }) => [reason, sequenceNumber])).toEqual([
      ['refused', records[17]?.dynamodb?.SequenceNumber],
    ]);
    expect(committed.size).toBe(39);
    expect(reports).toEqual([{ events: 39, lagMs: budget.now() - 1_770_000_000_000 }]);
  });

  it('are not set aside while others fail, so that a retry does not repeat their dead letters', async () => {
    const { rollups } = commitsOf(() => {
      throw anAwsError('InternalServerError', 500);
    });
    const { run, letters } = aConsumer({ rollups });

    await expect(run(aRecord(), unreadable('7'))).rejects.toThrow('Not all records could be counted');

    expect(letters).toEqual([]);
  });

  it('fail their batch if they cannot be set aside, after the others are counted', async () => {
    const { committed, rollups } = commitsOf(() => {});
    const { queue } = aQueue<StreamDeadLetter>(() => {
      throw new Error('No queue today');
    });
    const { run } = aConsumer({ rollups, deadLetters: queue });

    await expect(run(aRecord(), unreadable('7'))).rejects.toThrow('No queue today');

    expect(committed.size).toBe(1);
  });
});
