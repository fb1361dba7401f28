import { createRebuildWorker, type RebuildWorkerDeps } from '#functions/analytics/rebuild/handler.ts';
import { MAX_CELLS } from '#shared/analytics/add-up.ts';
import { begun, closed, type Generations, NEVER_REBUILT, switched } from '#shared/analytics/generations.ts';
import { nameDigest } from '#shared/analytics/name-rows.ts';
import type { CountedPart } from '#shared/analytics/rebuild-item.ts';
import type { RebuildTask } from '#shared/analytics/rebuild-task.ts';
import type { StoredEvent } from '#shared/events/event-item.ts';
import { aBudget, NOW, ORG } from '#test/support/builders.ts';
import { someIds } from '#test/support/refresh-world.ts';

const MAX_ATTEMPTS = 5;
/** Series of both passes. */
const SERIES = ['opened', 'clicked', 'sent', 'delivered', 'bounced'].map((type) => `email#${type}`);
const JOB = { id: 'reb_1', page: 3, chunk: 7 };

const building = begun('reb_1', NOW)(NEVER_REBUILT) as Generations;
const closing = closed(1)(building) as Generations;
const current = switched(1, NOW)(closing) as Generations;

const opened = (contactId: string): StoredEvent => ({
  orgId: ORG,
  contactId,
  sk: '2026-03-15T11:00:00.000Z#eAAAAAAAAAAAAAAAA',
  kind: 'email',
  type: 'opened',
  occurredAt: NOW - 3_600_000,
});

interface StageOptions {
  readonly state?: Generations;
  /** Contacts whose history cannot be read. */
  readonly broken?: readonly string[];
  readonly finished?: readonly string[];
  /** Contacts without events. */
  readonly empty?: readonly string[];
  /** Events that each contact has besides. */
  readonly more?: readonly Partial<StoredEvent>[];
  readonly isCancelled?: boolean;
  readonly workMs?: number;
}

/** The worker with in-memory dependencies, and a record of its calls. */
const aStage = (options: StageOptions = {}) => {
  const {
    state = building,
    broken = [],
    finished = [],
    empty = [],
    more = [],
    isCancelled = false,
    workMs = 20_000,
  } = options;
  const journal: string[] = [];
  const timesLeft: number[] = [];
  const counts: CountedPart[] = [];
  let generations = state;
  const note =
    (name: string) =>
    async (...args: readonly unknown[]): Promise<void> => {
      const of = args.filter((each) => typeof each !== 'object').join(' ');
      journal.push(`${name} ${of}`.trim());
    };
  const deps: RebuildWorkerDeps = {
    events: {
      async *history(_orgId, [contactId = ''], { consistent, budget }) {
        journal.push(`${consistent ? 'consistently ' : ''}read ${contactId}`);
        timesLeft.push((budget?.deadline ?? 0) - NOW);
        if (broken.includes(contactId)) throw new Error('No history today');
        yield empty.includes(contactId) ? [] : [opened(contactId)];
        if (more.length > 0) yield more.map((fields) => ({ ...opened(contactId), ...fields }));
      },
    },
    generations: {
      read: async () => generations,
      change: async (_orgId, change) => {
        generations = change(generations) ?? generations;
        return generations;
      },
    },
    counted: {
      finish: async ({ contactId }, _attempt, _parts, last) => {
        journal.push(`finish ${contactId}`);
        counts.push(last);
      },
      isFinished: async ({ contactId }) => finished.includes(contactId),
      putPart: note('part'),
    },
    rebuilds: {
      async *rows(_ref, shard) {
        journal.push(`rows ${shard}`);
        yield [];
      },
      async putSum(_ref, shard, sums) {
        for await (const _ of sums);
        journal.push(`sum ${shard}`);
      },
      slice: async (_ref, slice) => ({
        cells: 2 * MAX_CELLS,
        async *parts() {
          journal.push(`parts ${slice}`);
          yield new Map(SERIES.map((series) => [series, new Map([[481_234, 1]])]));
        },
      }),
      putRollups: note('rollups'),
      remove: async ({ generation }, slice) => void journal.push(`remove ${generation} ${slice}`),
    },
    samples: {
      offer: async (_orgId, offered) => {
        const names = offered.filter(({ kind }) => kind === 'track').map(({ type }) => type);
        if (names.length > 0) journal.push(`offer ${names}`);
      },
    },
    newAttempt: () => 'an attempt',
    jobs: {
      finish: note('done'),
      fail: note('failed'),
      finishSome: async (_orgId, _job, at) => note('some done')(at.join(',')),
    },
    isCancelled: async () => isCancelled,
    maxAttempts: MAX_ATTEMPTS,
  };
  const deliver = (tasks: RebuildTask[], attempt = 1) =>
    createRebuildWorker(deps)(
      { orgId: ORG, job: JOB, tasks },
      { attempt, sentAt: NOW, budget: aBudget(workMs) },
    );
  return { deliver, journal, timesLeft, counts, generations: () => generations };
};

const [ADA, BOB] = someIds(2) as [string, string];
const reads = [ADA, BOB].map((contactId): RebuildTask => ({ kind: 'read', generation: 1, contactId }));

describe('the worker of rebuilds', () => {
  it('reads contacts with strong consistency, stores what it has counted, and reports the chunk', async () => {
    const { deliver, journal } = aStage();

    await deliver(reads.slice(0, 1));

    expect(journal).toEqual([`consistently read ${ADA}`, `finish ${ADA}`, `done ${ORG} 1`]);
  });

  it.each<[string, Generations, RebuildTask, string[]]>([
    ['adds up a shard', closing, { kind: 'sum', generation: 1, shard: 5 }, ['rows 5', 'sum 5']],
    [
      'adds up all shards, in as many passes as fit into memory',
      closing,
      { kind: 'total', generation: 1, slice: 3 },
      ['parts 3', 'rollups', 'parts 3', 'rollups'],
    ],
    ['removes an old generation', current, { kind: 'remove', generation: 0, slice: 4 }, ['remove 0 4']],
  ])('%s', async (_what, state, task, expected) => {
    const { deliver, journal } = aStage({ state });

    await deliver([task]);

    expect(journal).toEqual([...expected, `done ${ORG} 1`]);
  });

  it.each<[string, Generations, RebuildTask]>([
    ['a contact of an abandoned rebuild', NEVER_REBUILT, reads[0] as RebuildTask],
    ['a contact, once all are read', closing, reads[0] as RebuildTask],
    ['a contact of another rebuild', begun('reb_2', NOW)(building) as Generations, reads[0] as RebuildTask],
    ['a shard, before all contacts are read', building, { kind: 'sum', generation: 1, shard: 5 }],
    ['a shard, once the rebuild has ended', current, { kind: 'sum', generation: 1, shard: 5 }],
    ['the total, once the rebuild has ended', current, { kind: 'total', generation: 1, slice: 0 }],
    ['the removal of the current generation', current, { kind: 'remove', generation: 1, slice: 0 }],
    [
      'the removal of the generation that is being built',
      building,
      { kind: 'remove', generation: 1, slice: 0 },
    ],
  ])('skips %s', async (_what, state, task) => {
    const { deliver, journal } = aStage({ state });

    await deliver([task]);

    expect(journal).toEqual([`done ${ORG} 1`]);
  });

  it('throws if a part of a message failed, and reports the rest as done', async () => {
    const { deliver, journal } = aStage({ broken: [BOB] });

    await expect(deliver(reads)).rejects.toThrow('1 of 2 tasks: Error');

    expect(journal.at(-1)).toBe('some done 0');
  });

  it('does not read a finished contact again', async () => {
    const { deliver, journal } = aStage({ finished: [ADA] });

    await deliver(reads, 2);

    expect(journal).toEqual([`consistently read ${BOB}`, `finish ${BOB}`, `done ${ORG} 2`]);
  });

  it('also finishes a contact without events, so that a late attempt finds it finished', async () => {
    const { deliver, journal } = aStage({ empty: [ADA] });

    await deliver(reads.slice(0, 1));

    expect(journal).toEqual([`consistently read ${ADA}`, `finish ${ADA}`, `done ${ORG} 1`]);
  });

  it('counts the named events of a contact by the digests of their names, after it has offered these, and not its profile events', async () => {
    const { deliver, counts, journal } = aStage({
      more: [
        { sk: 'named', kind: 'track', type: 'a#b 🏙' },
        { sk: 'changed', kind: 'profile', type: 'updated' },
      ],
    });

    await deliver(reads.slice(0, 1));

    expect(counts.map(({ hours }) => [...hours.keys()])).toEqual([
      ['email#opened', `track#${nameDigest('a#b 🏙')}`],
    ]);
    expect(counts[0]?.hashes).toHaveLength(2 * 8);
    expect(journal).toEqual([`consistently read ${ADA}`, 'offer a#b 🏙', `finish ${ADA}`, `done ${ORG} 1`]);
  });

  it('counts a chunk as failed before its last attempt, and the successful tasks after it', async () => {
    const { deliver, journal } = aStage({ broken: [BOB] });

    await expect(deliver(reads, MAX_ATTEMPTS)).rejects.toThrow();

    expect(journal[0]).toBe(`failed ${ORG} 2`);
    expect(journal.at(-1)).toBe('some done 0');
  });

  it('abandons a rebuild whose job was cancelled, and processes nothing', async () => {
    const { deliver, journal, generations } = aStage({ isCancelled: true });

    await deliver(reads);

    expect(journal).toEqual([]);
    expect(generations().building).toBeUndefined();
  });

  it.each([
    [1, 1],
    [720_000, 240_000],
  ])('with %d ms left gives a contact %d ms', async (workMs, expected) => {
    const { deliver, timesLeft } = aStage({ workMs });

    await deliver(reads.slice(0, 1));

    expect(timesLeft).toEqual([expected]);
  });
});
