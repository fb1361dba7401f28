import type { DynamoDBRecord } from 'aws-lambda';
import { begun, type Generations, NEVER_REBUILT } from '#shared/analytics/generations.ts';
import { newEventOf } from '#shared/analytics/stream-record.ts';
import type { StreamDeadLetter } from '#shared/aws/set-aside.ts';
import { aBudget, anAwsError, anEvent } from '#test/support/builders.ts';
import { aQueue } from '#test/support/refresh-world.ts';

import { aConsumer, aRecord, commit, commitsOf, idsOf } from '#test/support/stream-consumer.ts';

const aNamed = (name: string) => anEvent({ kind: 'track', type: name });

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

  it('skips events that the contact did not do: they are neither counted nor set aside', async () => {
    const { committed, rollups } = commitsOf(() => {});
    const { run, letters, reports } = aConsumer({ rollups });
    const updated = { kind: 'profile', type: 'updated', occurredAt: 1_770_000_000_000 } as const;
    const [activity, change, last] = [aRecord(), aRecord({}, updated), aRecord({}, updated)] as const;

    await run(change, activity);
    await run(last);

    expect([...committed]).toEqual([newEventOf(activity).recordId]);
    expect(letters).toEqual([]);
    expect(reports).toMatchObject([{ events: 1 }]);
  });

  it('offers the names of events before it counts them, and counts nothing while they cannot be offered', async () => {
    const journal: string[] = [];
    const { rollups } = commitsOf(() => journal.push('count'));
    const offer = async (_orgId: string, events: readonly { readonly type: string }[]) => {
      journal.push(`offer ${events.map(({ type }) => type).join()}`);
      if (journal.length < 3) throw anAwsError('InternalServerError', 500);
    };
    const { run } = aConsumer({ rollups, samples: { offer } });

    await run(aRecord({}, aNamed('purchased')));

    expect(journal).toEqual(['offer purchased', 'offer purchased', 'offer purchased', 'count']);
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
