import * as v from 'valibot';
import type { RetryBudget } from '../aws/retry.ts';
import { ORG_SHARDS } from '../identities/shards.ts';
import { abandoned, begun, buildingOf, closed, type Generations, switched } from './generations.ts';
import type { GenerationsStore } from './generations-store.ts';
import { REBUILD_SHARDS } from './rebuild-item.ts';
import { type RebuildTask, SLICES, toTaskText } from './rebuild-task.ts';

/** The phases after the contacts are read; a rebuild that cannot succeed ends with `fail` and `failed`. */
const LATER_PHASES = ['sum', 'total', 'switch', 'remove', 'fail', 'failed'] as const;
type LaterPhase = (typeof LATER_PHASES)[number];

/**
 * The position at which the next step of a rebuild begins. `replaced` is the previous current generation: it
 * and all generations between it and this one are removed at the end.
 */
const CursorSchema = v.intersect([
  v.object({ generation: v.number(), replaced: v.number() }),
  v.variant('phase', [
    v.object({
      phase: v.literal('read'),
      shard: v.number(),
      /** The contact after which the page begins; absent for the first of a shard. */
      after: v.optional(v.string()),
    }),
    v.object({
      phase: v.picklist(LATER_PHASES),
      /** The number of tasks of the phase that are planned; absent at its beginning. */
      planned: v.optional(v.number()),
    }),
  ]),
]);
/** A parsed {@link CursorSchema}. */
export type RebuildCursor = v.InferOutput<typeof CursorSchema>;

/**
 * The number of tasks that are planned at once, and so sent in one message, in the phases that add up: a task may process
 * millions of counts, and a worker, which runs two at a time, has twelve minutes for all tasks of a message.
 */
const ADDED_UP_TOGETHER = 4;

/** The phases in which failed items no longer affect the outcome. */
const ENDINGS: ReadonlySet<RebuildCursor['phase']> = new Set(['remove', 'fail', 'failed']);

/** A cursor at one of {@link LATER_PHASES}. */
type LaterCursor = Exclude<RebuildCursor, { readonly phase: 'read' }>;

/** The state of the job of a rebuild. */
export interface RebuildJob {
  readonly orgId: string;
  readonly id: string;
  /** The number of its failed items. */
  readonly failed: number;
  /** Whether all planned items are done or failed. */
  readonly isSettled: boolean;
}

/**
 * A step: tasks to process, and the position at which the next step begins; undefined if this is the last
 * step.
 */
export interface RebuildStep {
  readonly items: readonly string[];
  readonly next: RebuildCursor | undefined;
}

/** The dependencies of {@link createRebuildPlan}. */
export interface RebuildPlanDeps {
  readonly contacts: {
    /** Strongly consistent: each contact that existed before the call is on one of the pages. */
    idsOfShard(
      orgId: string,
      shard: number,
      limit: number,
      after: string | undefined,
      budget: RetryBudget,
    ): Promise<{ readonly ids: readonly string[]; readonly next: string | undefined }>;
  };
  readonly generations: GenerationsStore;
  /** Ends a job as failed. */
  readonly cancel: (orgId: string, jobId: string) => Promise<unknown>;
}

/** The limits of a step. */
export interface StepLimits {
  /** The maximum number of items to return. */
  readonly limit: number;
  readonly budget: RetryBudget;
}

/** Whether the generation of the rebuild is still being built. */
const isBuilding = (state: Generations, { generation }: RebuildCursor): boolean =>
  buildingOf(state, generation) !== undefined;

const stepTo = (
  { generation, replaced }: RebuildCursor,
  phase: LaterPhase,
  tasks: readonly RebuildTask[] = [],
): RebuildStep => ({ items: tasks.map(toTaskText), next: { generation, replaced, phase } });

/** Plans the next tasks of a phase that adds up, of which the first ones may be planned already. */
const someOf = (
  { generation, replaced, phase, planned = 0 }: LaterCursor,
  tasks: readonly RebuildTask[],
  next: LaterPhase,
): RebuildStep => {
  const to = planned + ADDED_UP_TOGETHER;
  const rest = { generation, replaced };
  return {
    items: tasks.slice(planned, to).map(toTaskText),
    next: to < tasks.length ? { ...rest, phase, planned: to } : { ...rest, phase: next },
  };
};

const slicesOf = (kind: 'total' | 'remove', generation: number): RebuildTask[] =>
  range(0, SLICES).map((slice) => ({ kind, generation, slice }));

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at);

/**
 * Plans the steps of a rebuild. The pages of a phase follow one another without waiting; the next phase begins when all
 * items of the previous ones are settled. A step may be repeated, and taken by several
 * planners concurrently. docs/adr/0015-rebuild-as-a-job.md explains why no event is lost or counted twice.
 */
export const createRebuildPlan = ({ contacts, generations, cancel }: RebuildPlanDeps) => {
  const begin = async ({ orgId, id }: RebuildJob, budget: RetryBudget): Promise<RebuildCursor> => {
    const { current, latest } = await generations.change(orgId, begun(id, budget.now()), budget);
    return { generation: latest, replaced: current, phase: 'read', shard: 0 };
  };

  /** Reads one shard after another until the page is full. */
  const readPage = async (
    orgId: string,
    { generation, replaced, ...from }: RebuildCursor & { readonly phase: 'read' },
    { limit, budget }: StepLimits,
  ): Promise<RebuildStep> => {
    const items: string[] = [];
    let { shard, after } = from;
    while (shard < ORG_SHARDS && items.length < limit) {
      const left = limit - items.length;
      const { ids, next } = await contacts.idsOfShard(orgId, shard, left, after, budget);
      items.push(...ids.map((contactId) => toTaskText({ kind: 'read', generation, contactId })));
      after = next;
      if (next === undefined) shard += 1;
    }
    const rest = { generation, replaced };
    if (shard >= ORG_SHARDS) return { items, next: { ...rest, phase: 'sum' } };
    return { items, next: { ...rest, phase: 'read', shard, ...(after !== undefined && { after }) } };
  };

  /** The steps of the phases that begin when all items of the previous phase are settled. */
  const later: Readonly<
    Record<LaterPhase, (job: RebuildJob, cursor: LaterCursor, budget: RetryBudget) => Promise<RebuildStep>>
  > = {
    async sum({ orgId }, cursor, budget) {
      const state = await generations.change(orgId, closed(cursor.generation), budget);
      if (!isBuilding(state, cursor)) return stepTo(cursor, 'fail');
      const { generation } = cursor;
      const tasks = range(0, REBUILD_SHARDS).map((shard) => ({ kind: 'sum', generation, shard }) as const);
      return someOf(cursor, tasks, 'total');
    },

    async total({ orgId }, cursor, budget) {
      if (!isBuilding(await generations.read(orgId, budget), cursor)) return stepTo(cursor, 'fail');
      return someOf(cursor, slicesOf('total', cursor.generation), 'switch');
    },

    async switch({ orgId }, cursor, budget) {
      const change = switched(cursor.generation, budget.now());
      const { current } = await generations.change(orgId, change, budget);
      return stepTo(cursor, current === cursor.generation ? 'remove' : 'fail');
    },

    async remove(_job, { generation, replaced }) {
      const old = range(replaced, generation);
      return {
        items: old.flatMap((each) => slicesOf('remove', each)).map(toTaskText),
        next: undefined,
      };
    },

    async fail({ orgId }, cursor, budget) {
      const { generation } = cursor;
      const { current } = await generations.change(orgId, abandoned(generation), budget);
      return stepTo(cursor, 'failed', current === generation ? [] : slicesOf('remove', generation));
    },

    async failed({ orgId, id }) {
      await cancel(orgId, id);
      return { items: [], next: undefined };
    },
  };

  /**
   * Plans a step.
   * @returns `wait` if it must not begin before all planned items are settled
   */
  return async (job: RebuildJob, from: unknown, limits: StepLimits): Promise<RebuildStep | 'wait'> => {
    const { budget } = limits;
    const cursor = from === undefined ? await begin(job, budget) : v.parse(CursorSchema, from);
    if (cursor.phase === 'read' && job.failed === 0) {
      const state = await generations.read(job.orgId, budget);
      return isBuilding(state, cursor) ? readPage(job.orgId, cursor, limits) : stepTo(cursor, 'fail');
    }
    const isUnderWay = cursor.phase !== 'read' && cursor.planned !== undefined && job.failed === 0;
    if (!job.isSettled && !isUnderWay) return 'wait';
    if (cursor.phase === 'read' || (job.failed > 0 && !ENDINGS.has(cursor.phase))) {
      return later.fail(job, { ...cursor, phase: 'fail' }, budget);
    }
    return later[cursor.phase](job, cursor, budget);
  };
};
