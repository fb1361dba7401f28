import { randomUUID } from 'node:crypto';
import type { DynamoDBRecord } from 'aws-lambda';
import fc from 'fast-check';
import { createCountEvents } from '#functions/analytics/count/handler.ts';
import { createRunTask, isRelevant } from '#functions/analytics/rebuild/tasks.ts';
import { createChartReader } from '#shared/analytics/chart.ts';
import { createCountedStore } from '#shared/analytics/counted-store.ts';
import { createGenerationsStore } from '#shared/analytics/generations-store.ts';
import { createNameRowsStore } from '#shared/analytics/name-rows-store.ts';
import { createNameSampler } from '#shared/analytics/name-sample-store.ts';
import { createRebuildPlan } from '#shared/analytics/rebuild-plan.ts';
import { createRebuildStore } from '#shared/analytics/rebuild-store.ts';
import { fromTaskText } from '#shared/analytics/rebuild-task.ts';
import { createRollupStore } from '#shared/analytics/rollup-store.ts';
import { batchPut } from '#shared/aws/dynamodb.ts';
import { budgetOf, type RetryBudget } from '#shared/aws/retry.ts';
import type { StreamDeadLetter } from '#shared/aws/set-aside.ts';
import { toEventItem } from '#shared/events/event-item.ts';
import { createEventReader } from '#shared/events/event-store.ts';
import { CHARTED_KINDS } from '#shared/events/kinds.ts';
import { shardOfContact } from '#shared/identities/shards.ts';
import { anyEventOf, CONTACTS } from '#test/support/analytics-arbitraries.ts';
import type { OfContact } from '#test/support/analytics-world.ts';
import { ORG } from '#test/support/builders.ts';
import { type ModelPauses, newModelTable } from '#test/support/model-table.ts';
import { runRebuild } from '#test/support/rebuild-runner.ts';
import { aQueue } from '#test/support/refresh-world.ts';

const TABLE = 'model';
/** The span that contains all events. */
const SPAN = {
  from: Date.parse('2023-12-01T00:00:00Z'),
  to: Date.parse('2026-02-01T00:00:00Z'),
  interval: 'day',
} as const;
const RUNS = Number(process.env['RUNS'] ?? 100);
const CONTACT_IDS = CONTACTS.slice(0, 3);

const died = () => Object.assign(new Error('The process dies'), { $fault: 'client' });

/** The longest stall of a process; about as long as a rebuild takes. */
const MAX_TICKS = 300;

/** A mishap of a process at one of its calls: it dies (`for ever`) or stalls for a number of ticks. */
interface Mishap {
  readonly call: number;
  readonly when: string;
  readonly ticks: number | 'for ever';
}

const when = fc.constantFrom('before', 'after');
const ticks = fc.nat({ max: MAX_TICKS });
const anyMishap = fc.record({
  call: fc.integer({ min: 1, max: 12 }),
  when,
  ticks: fc.oneof(fc.constant('for ever' as const), ticks),
});
/** A consumer only stalls, at one of the calls that count a group: a death is equivalent to another delivery. */
const anyStall = fc.record({ call: fc.integer({ min: 1, max: 4 }), when, ticks });

const anyScenario = fc.record({
  scheduler: fc.scheduler(),
  /** Stored and counted before the rebuild. */
  old: fc.array(anyEventOf(CONTACT_IDS.slice(0, 2)), { maxLength: 4 }),
  /** Stored before the rebuild; their records are delivered while it runs or afterwards. */
  behind: fc.array(anyEventOf(CONTACT_IDS.slice(0, 2)), { maxLength: 4 }),
  /** Stored while the rebuild runs, some of them of a contact that it does not know. */
  fresh: fc.array(anyEventOf(CONTACT_IDS), { maxLength: 6 }),
  isEarly: fc.array(fc.boolean(), { minLength: 10, maxLength: 10 }),
  /** Mishaps of planners and workers, in the order in which they start. */
  mishaps: fc.array(fc.option(anyMishap, { nil: undefined, freq: 2 }), { maxLength: 36, size: 'max' }),
  /** Stalls of consumers. */
  stalls: fc.array(anyStall, { maxLength: 4 }),
});

/** An organisation in a model of the table. */
const newModel = (scheduler: fc.Scheduler) => {
  const table = newModelTable(2);
  let made = 0;
  let isOver = false;
  const known = new Set(CONTACT_IDS.slice(0, 2));
  const stored = new Map<string, OfContact>();
  const step = (label: string): Promise<unknown> =>
    isOver ? Promise.resolve() : scheduler.schedule(Promise.resolve(), label);
  const calm: ModelPauses = { pause: async () => {} };
  const paused = (name: string, mishap?: Mishap): ModelPauses => {
    let calls = 0;
    let isDead = false;
    return {
      pause: async (operation, when) => {
        if (when === 'before') calls += 1;
        const isNow = mishap !== undefined && calls === mishap.call && when === mishap.when;
        if (isNow && mishap.ticks === 'for ever') isDead = true;
        if (isDead) throw died();
        for (let tick = 0; isNow && tick < Number(mishap.ticks); tick++) await step(`${name} stalls`);
        await step(`${name}: ${operation} ${when}`);
      },
    };
  };
  const budget = (): RetryBudget => ({
    ...budgetOf(60_000),
    sleep: async () => void (await step('sleep')),
  });

  return {
    stored,
    paused,
    /** From now on calls are no longer interleaved. */
    end: () => {
      isOver = true;
    },

    async store(events: readonly OfContact[], pauses = calm): Promise<DynamoDBRecord[]> {
      const records: DynamoDBRecord[] = [];
      for (const each of events) {
        const item = toEventItem(ORG, each.contactId, each.event);
        const key = `${item['pk']?.S}|${item['sk']?.S}`;
        if (stored.has(key)) continue;
        stored.set(key, each);
        known.add(each.contactId);
        await batchPut(TABLE, [item], { client: table.client(pauses), budget: budget() });
        made += 1;
        records.push({
          eventID: `record ${made}`,
          dynamodb: {
            ApproximateCreationDateTime: Math.floor(Date.now() / 1_000),
            SequenceNumber: String(made),
            NewImage: item as never,
          },
        });
      }
      return records;
    },

    async deliver(records: readonly DynamoDBRecord[], pauses = calm): Promise<void> {
      const client = table.client(pauses);
      const count = createCountEvents({
        rollups: createRollupStore(client, TABLE),
        generations: createGenerationsStore(client, TABLE),
        counted: createCountedStore(client, TABLE, Date.now),
        samples: createNameSampler(client, TABLE),
        deadLetters: aQueue<StreamDeadLetter>().queue,
        onCounted: () => {},
        budget,
      });
      await count({ Records: [...records] });
    },

    async rebuild(jobId: string, mishaps: readonly (Mishap | undefined)[]) {
      const left = [...mishaps];
      const newClient = (name: string) => table.client(paused(name, left.shift()));
      let cancelled = false;
      const outcome = await runRebuild({
        orgId: ORG,
        jobId,
        isCancelled: () => cancelled,
        deliveries: 2,
        budget,
        plan: (job, cursor, room) =>
          createRebuildPlan({
            contacts: {
              idsOfShard: async (_orgId, shard) => {
                await step('list');
                return { ids: [...known].filter((id) => shardOfContact(id) === shard), next: undefined };
              },
            },
            generations: createGenerationsStore(newClient('planner'), TABLE),
            cancel: async () => {
              cancelled = true;
            },
          })(job, cursor, room),
        work: async (items, attempt) => {
          const client = newClient('worker');
          const tasks = items.map(fromTaskText);
          const run = createRunTask({
            events: createEventReader(client, TABLE),
            counted: createCountedStore(client, TABLE, Date.now),
            rebuilds: createRebuildStore(client, TABLE, Date.now),
            samples: createNameSampler(client, TABLE),
            newAttempt: randomUUID,
          });
          const state = await createGenerationsStore(client, TABLE).read(ORG, budget());
          for (const task of tasks.filter((each) => isRelevant(state, each))) {
            await run(ORG, task, { budget: budget(), isRetry: attempt > 1 });
          }
        },
      });
      return outcome;
    },

    /** The number of counted events by kind, type and day. */
    async counted(): Promise<Record<string, number>> {
      const client = table.client(calm);
      const chart = createChartReader({
        rollups: createRollupStore(client, TABLE),
        nameRows: createNameRowsStore(client, TABLE),
        samples: createNameSampler(client, TABLE),
      });
      const counts: Record<string, number> = {};
      for (const kind of CHARTED_KINDS) {
        const { series, other } = await chart({ orgId: ORG, kind, span: SPAN }, budget());
        expect(other).toBeUndefined();
        for (const { start, counts: types } of series) {
          for (const [type, count] of Object.entries(types)) {
            counts[`${kind} ${type} ${start.slice(0, 10)}`] = count;
          }
        }
      }
      return counts;
    },

    expected(): Record<string, number> {
      const counts: Record<string, number> = {};
      for (const { event } of stored.values()) {
        const cell = `${event.kind} ${event.type} ${new Date(event.occurredAt).toISOString().slice(0, 10)}`;
        counts[cell] = (counts[cell] ?? 0) + 1;
      }
      return counts;
    },
  };
};

describe('a rebuild, however its calls are interleaved', () => {
  it('counts each event once', async () => {
    let completed = 0;
    await fc.assert(
      fc.asyncProperty(anyScenario, async ({ scheduler, old, behind, fresh, isEarly, mishaps, stalls }) => {
        const model = newModel(scheduler);
        await model.deliver(await model.store(old));
        const records = await model.store(behind);
        const consumer = () => model.paused('consumer', stalls.pop());

        const rebuilding = model.rebuild('job_1', mishaps);
        const consuming: Promise<void>[] = [model.deliver(records.slice(0, 2), consumer())];
        const importing = (async () => {
          for (const [at, event] of fresh.entries()) {
            const stored = await model.store([event], model.paused('import'));
            records.push(...stored);
            if (isEarly[at]) consuming.push(model.deliver(records.slice(at), consumer()));
          }
        })();
        const all = Promise.all([rebuilding, importing]).then(async ([outcome]) => {
          await Promise.all(consuming);
          return outcome;
        });
        await scheduler.waitFor(all);
        await scheduler.waitIdle();
        model.end();
        await model.deliver(records);

        expect(await model.counted()).toEqual(model.expected());
        if ((await all) === 'completed') completed += 1;
      }),
      { numRuns: RUNS },
    );
    expect(completed).toBeGreaterThan(RUNS / 2);
  }, 120_000);
});
