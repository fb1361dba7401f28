import { randomUUID } from 'node:crypto';
import { budgetOf } from '#shared/aws/retry.ts';
import type { QueueSender } from '#shared/aws/sqs.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { createCountStore } from '#shared/jobs/count-store.ts';
import { createJobCounter } from '#shared/jobs/counter.ts';
import { createEveryoneStore } from '#shared/jobs/everyone-store.ts';
import { createJobStore } from '#shared/jobs/job-store.ts';
import type { PlanMessage } from '#shared/jobs/messages.ts';
import type { Chunk } from '#shared/jobs/page.ts';
import { createAdvance, type JobKind, type PlanAttempt } from '#shared/jobs/planner.ts';
import { createJobReader } from '#shared/jobs/reader.ts';
import { createJobStarter } from '#shared/jobs/starter.ts';
import { newId } from '#shared/time/ids.ts';
import type { aJobTable } from './job-table.ts';
import { stackDynamo, tableName } from './tables.ts';

type Tables = Pick<ReturnType<typeof aJobTable>, 'jobs' | 'counts' | 'everyone'>;

/** The maximum number of a job's pages in flight, as in production. */
export const WINDOW = 8;

/** The job table of the deployed stack. */
export const stackJobTable = (): Tables => {
  const [client, table] = [stackDynamo(), tableName(OUTPUT.jobsTable)];
  return {
    jobs: createJobStore(client, table, Date.now),
    counts: createCountStore(client, table, Date.now),
    everyone: createEveryoneStore(client, table),
  };
};

/** Generated items of a job. */
export const someItems = (count: number): string[] =>
  Array.from({ length: count }, (_, nth) => `item-${nth}`);

/** The options of a planner's first call. */
export const asked = (): PlanAttempt => ({ isRetry: false, budget: budgetOf(10_000) });

/** The behaviour of a test's kind of jobs. */
interface StageOptions {
  readonly items: readonly string[];
  /** Called before chunks are sent; sending fails if it throws. */
  readonly onSend?: () => void;
  readonly now?: () => number;
  /** Plans the next items. @default the next of `items` */
  readonly next?: JobKind['next'];
}

/** A kind of jobs over a list, in-memory queues, and everything that works on jobs. */
export const aJobStage = (
  tables: Tables,
  { items, onSend = () => {}, now = Date.now, next }: StageOptions,
) => {
  const sent: Chunk[] = [];
  const toPlan: PlanMessage[] = [];
  const toPlanLater: PlanMessage[] = [];
  const planner: QueueSender<PlanMessage> = {
    sendAll: async (messages, _budget, delaySeconds = 0) =>
      void (delaySeconds === 0 ? toPlan : toPlanLater).push(...messages),
  };
  const kind: JobKind = {
    next:
      next ??
      (async (_job, cursor, { limit }) => {
        const from = (cursor as number | undefined) ?? 0;
        const to = from + limit;
        return { items: items.slice(from, to), next: to < items.length ? to : undefined };
      }),
    send: async (_job, chunks) => {
      onSend();
      sent.push(...chunks);
    },
  };
  const advance = createAdvance({ ...tables, kinds: { test: kind }, planner, now, window: WINDOW });
  const failures: number[] = [];
  const counter = createJobCounter({
    counts: tables.counts,
    planner,
    now,
    onFailed: (items) => failures.push(items),
  });
  const reader = createJobReader(tables);
  const starter = createJobStarter({ ...tables, planner, now });
  const orgId = `o_${randomUUID()}`;
  const aJob = () => ({ orgId, id: newId('ref', now), kind: 'test', parameters: {} });
  return {
    ...tables,
    kind,
    sent,
    toPlan,
    toPlanLater,
    planner,
    advance,
    counter,
    /** The numbers of failed items of settled pages, as they were reported. */
    failures,
    starter,
    orgId,
    aJob,
    /** Starts a job of everyone that stores nothing else. @returns its id */
    start: async (supersedes?: string): Promise<string> => {
      const job = aJob();
      const keeping = { store: async () => {}, undo: async () => {}, supersedes };
      const started = await starter.startOfEveryone(job, keeping);
      if (started.kind === 'full') throw new Error('There are too many jobs');
      return job.id;
    },
    /** Passes all queued plan messages to the planner. */
    plan: async (): Promise<void> => {
      for (const message of toPlan.splice(0)) await advance(message, asked());
    },
    /** Removes and returns all chunks from the queue. */
    take: (): Chunk[] => sent.splice(0),
    finish: async (chunks: readonly Chunk[]): Promise<void> => {
      for (const { ref, items: of } of chunks) await counter.finish(orgId, ref, of.length);
    },
    read: (jobId: string) => reader.read(orgId, jobId),
    reader,
  };
};
