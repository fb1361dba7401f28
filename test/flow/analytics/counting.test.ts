import type { DynamoDBRecord } from 'aws-lambda';
import fc from 'fast-check';
import { anyEventOf, CONTACTS } from '#test/support/analytics-arbitraries.ts';
import { type AnalyticsWorld, newAnalyticsWorld } from '#test/support/analytics-world.ts';
import { seededRandom } from '#test/support/fault-proxy.ts';

const someEvents = (count: number, seed = 7) => fc.sample(anyEventOf(CONTACTS), { numRuns: count, seed });

/** Many records within a few seconds, as an import produces them. */
const imported = async (world: AnalyticsWorld, count: number): Promise<DynamoDBRecord[]> => {
  const events = someEvents(count);
  const second = Math.floor(Date.now() / 1_000);
  const records: DynamoDBRecord[] = [];
  for (let at = 0; at < events.length; at += 100) {
    records.push(...(await world.store(events.slice(at, at + 100), second + at / 100)));
  }
  return records;
};

const batches = (records: readonly DynamoDBRecord[], size: number): DynamoDBRecord[][] =>
  Array.from({ length: Math.ceil(records.length / size) }, (_, nth) =>
    records.slice(nth * size, (nth + 1) * size),
  );

const NO_FAILURES: readonly unknown[] = [];

describe('every count agrees with the table', () => {
  it('when every batch is delivered twice', async () => {
    const world = await newAnalyticsWorld();
    const records = await imported(world, 600);

    for (const batch of batches(records, 200)) {
      expect(await world.deliver(batch)).toEqual(NO_FAILURES);
      expect(await world.deliver(batch)).toEqual(NO_FAILURES);
    }

    expect(await world.charts()).toEqual(world.expected());
  });

  it('when a batch contains a record twice', async () => {
    const world = await newAnalyticsWorld();
    const records = await imported(world, 50);

    await world.deliver([...records, ...records]);

    expect(await world.charts()).toEqual(world.expected());
  });

  it('when the function dies after a commit, and the records are delivered again in different batches', async () => {
    const world = await newAnalyticsWorld();
    const records = await imported(world, 600);
    let commits = 0;
    const dying = async (commit: () => Promise<'committed' | 'conflict'>) => {
      if (commits >= 3) throw Object.assign(new Error('dead'), { $fault: 'client' });
      commits += 1;
      await commit();
      throw Object.assign(new Error('dead after the commit'), { $fault: 'client' });
    };

    await expect(world.deliver(records, { commit: dying })).rejects.toThrow('Not all records');
    for (const batch of batches(records.toReversed(), 130)) await world.deliver(batch.toReversed());

    expect(commits).toBe(3);
    expect(await world.charts()).toEqual(world.expected());
  });

  it('when the answer of a commit is lost', async () => {
    const world = await newAnalyticsWorld();
    const records = await imported(world, 300);
    let calls = 0;
    const lossy = async (commit: () => Promise<'committed' | 'conflict'>) => {
      const outcome = await commit();
      calls += 1;
      if (calls % 2 === 1) throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
      return outcome;
    };

    expect(await world.deliver(records, { commit: lossy })).toEqual(NO_FAILURES);

    expect(await world.charts()).toEqual(world.expected());
  });

  it('when several consumers process the same records and buckets at the same time', async () => {
    const world = await newAnalyticsWorld();
    const records = await imported(world, 400);
    const [first, second] = [records.slice(0, 250), records.slice(150)];

    const answers = await Promise.all([first, second, first, second].map((batch) => world.deliver(batch)));

    expect(answers).toEqual([NO_FAILURES, NO_FAILURES, NO_FAILURES, NO_FAILURES]);
    expect(await world.charts()).toEqual(world.expected());
  });

  it('when there are records that are not events, which alone are set aside', async () => {
    const world = await newAnalyticsWorld();
    const records = await imported(world, 40);
    const broken: DynamoDBRecord[] = [
      { eventID: 'a', dynamodb: { SequenceNumber: '1', ApproximateCreationDateTime: 1 } },
      {
        eventID: 'b',
        dynamodb: { SequenceNumber: '2', ApproximateCreationDateTime: 1, NewImage: { pk: { S: 'x' } } },
      },
      { ...records[0], eventID: '', dynamodb: { ...records[0]?.dynamodb, SequenceNumber: '3' } },
    ];
    const mixed = [...broken.slice(0, 1), ...records.slice(0, 20), ...broken.slice(1), ...records.slice(20)];

    const letters = await world.deliver(mixed);

    expect(letters.map(({ sequenceNumber }) => sequenceNumber)).toEqual(['1', '2', '3']);
    expect(await world.charts()).toEqual(world.expected());
  });

  it('however its records are delivered', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyEventOf(CONTACTS), { minLength: 1, maxLength: 150 }),
        fc.nat(),
        async (events, seed) => {
          const random = seededRandom(seed);
          const world = await newAnalyticsWorld();
          const records: DynamoDBRecord[] = [];
          for (const batch of batches(events as never, 10) as never as (typeof events)[]) {
            records.push(...(await world.store(batch, 1_800_000_000 + Math.floor(random() * 5))));
          }
          const fails = async (commit: () => Promise<'committed' | 'conflict'>) => {
            if (random() < 0.15) throw new Error('lost before');
            const outcome = await commit();
            if (random() < 0.15) throw new Error('lost after');
            return outcome;
          };

          // Batches begin and end anywhere and overlap, two at a time, until each record was in a successful one.
          const missing = new Set(records);
          while (missing.size > 0) {
            const cut = () => {
              const at = Math.floor(random() * records.length);
              return records.slice(at, at + 1 + Math.floor(random() * 80));
            };
            await Promise.all(
              [cut(), cut()].map(async (batch) => {
                const once = random() < 0.3;
                const done = await world.deliver(batch, { commit: fails, once }).then(
                  () => true,
                  () => false,
                );
                if (done) for (const record of batch) missing.delete(record);
              }),
            );
          }

          expect(await world.charts()).toEqual(world.expected());
        },
      ),
      { numRuns: 8 },
    );
  }, 120_000);
});
