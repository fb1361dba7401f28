import * as v from 'valibot';
import type { RetryBudget } from '../aws/retry.ts';
import { ORG_SHARDS } from '../identities/shards.ts';
import { abandoned, begun, buildingOf, closed, type Generations, switched } from './generations.ts';
import type { GenerationsStore } from './generations-store.ts';
import { REBUILD_SHARDS } from './rebuild-item.ts';
import { type RebuildTask, toTaskText } from './rebuild-task.ts';

/** Phases after the contacts are read; `fail` and `failed` are those of a rebuild that cannot be ended well. */
const LATER_PHASES = ['sum', 'total', 'switch', 'remove', 'fail', 'failed'] as const;
type LaterPhase = (typeof LATER_PHASES)[number];

/**
 * Where the next step of a rebuild begins. `replaced` is the generation that was current before: it and all that were begun between
 * it and this one are removed in the end.
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
    v.object({ phase: v.picklist(LATER_PHASES) }),
  ]),
]);
export type RebuildCursor = v.InferOutput<typeof CursorSchema>;

/** Phases in which what has failed changes nothing any more. */
const ENDINGS: ReadonlySet<RebuildCursor['phase']> = new Set(['remove', 'fail', 'failed']);

/** What is known of the job that rebuilds. */
export interface RebuildJob {
  readonly orgId: string;
  readonly id: string;
  /** How many of its items failed. */
  readonly failed: number;
  /** Whether all items that were planned are done or failed. */
  readonly isSettled: boolean;
}

/** A step: items to work on, and where the next step begins; undefined where this is the last. */
export interface RebuildStep {
  readonly items: readonly string[];
  readonly next: RebuildCursor | undefined;
}

/** What planning a rebuild needs. */
export interface RebuildPlanDeps {
  readonly contacts: {
    /** Strongly consistent: each contact that existed before the call is on one of its pages. */
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

/** What a step may take. */
export interface StepRoom {
  /** Items that it may find. */
  readonly limit: number;
  readonly budget: RetryBudget;
}

/** Whether the rebuild is still the one that makes its generation. */
const isMaking = (state: Generations, { generation }: RebuildCursor): boolean =>
  buildingOf(state, generation) !== undefined;

const stepTo = (
  { generation, replaced }: RebuildCursor,
  phase: LaterPhase,
  tasks: readonly RebuildTask[] = [],
): RebuildStep => ({ items: tasks.map(toTaskText), next: { generation, replaced, phase } });

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at);

/**
 * The steps of a rebuild. Pages of contacts come one after the other; every other step begins when all items of those before it are
 * settled. A step may be taken any number of times and by several planners at once. Why no event is lost or counted twice by it:
 * docs/adr/0015-rebuild-as-a-job.md.
 */
export const createRebuildPlan = ({ contacts, generations, cancel }: RebuildPlanDeps) => {
  const begin = async ({ orgId, id }: RebuildJob, budget: RetryBudget): Promise<RebuildCursor> => {
    const { current, latest } = await generations.change(orgId, begun(id, budget.now()), budget);
    return { generation: latest, replaced: current, phase: 'read', shard: 0 };
  };

  const readPage = async (
    orgId: string,
    { generation, replaced, shard, after }: RebuildCursor & { readonly phase: 'read' },
    { limit, budget }: StepRoom,
  ): Promise<RebuildStep> => {
    const { ids, next } = await contacts.idsOfShard(orgId, shard, limit, after, budget);
    const items = ids.map((contactId) => toTaskText({ kind: 'read', generation, contactId }));
    const rest = { generation, replaced };
    if (next !== undefined) return { items, next: { ...rest, phase: 'read', shard, after: next } };
    const isLast = shard + 1 >= ORG_SHARDS;
    return { items, next: isLast ? { ...rest, phase: 'sum' } : { ...rest, phase: 'read', shard: shard + 1 } };
  };

  /** The step of each phase that begins when all items before it are settled. */
  const later: Readonly<
    Record<LaterPhase, (job: RebuildJob, cursor: RebuildCursor, budget: RetryBudget) => Promise<RebuildStep>>
  > = {
    async sum({ orgId }, cursor, budget) {
      const state = await generations.change(orgId, closed(cursor.generation), budget);
      if (!isMaking(state, cursor)) return stepTo(cursor, 'fail');
      const { generation } = cursor;
      const shards = range(0, REBUILD_SHARDS);
      return stepTo(
        cursor,
        'total',
        shards.map((shard) => ({ kind: 'sum', generation, shard })),
      );
    },

    async total({ orgId }, cursor, budget) {
      if (!isMaking(await generations.read(orgId, budget), cursor)) return stepTo(cursor, 'fail');
      return stepTo(cursor, 'switch', [{ kind: 'total', generation: cursor.generation }]);
    },

    async switch({ orgId }, cursor, budget) {
      const change = switched(cursor.generation, budget.now());
      const { current } = await generations.change(orgId, change, budget);
      return stepTo(cursor, current === cursor.generation ? 'remove' : 'fail');
    },

    async remove(_job, { generation, replaced }) {
      const old = range(replaced, generation);
      return {
        items: old.map((each) => toTaskText({ kind: 'remove', generation: each })),
        next: undefined,
      };
    },

    async fail({ orgId }, cursor, budget) {
      const { generation } = cursor;
      const { current } = await generations.change(orgId, abandoned(generation), budget);
      return stepTo(cursor, 'failed', current === generation ? [] : [{ kind: 'remove', generation }]);
    },

    async failed({ orgId, id }) {
      await cancel(orgId, id);
      return { items: [], next: undefined };
    },
  };

  /** @returns `wait` for not before all items that were planned are settled */
  return async (job: RebuildJob, from: unknown, room: StepRoom): Promise<RebuildStep | 'wait'> => {
    const { budget } = room;
    const cursor = from === undefined ? await begin(job, budget) : v.parse(CursorSchema, from);
    if (cursor.phase === 'read' && job.failed === 0) {
      const state = await generations.read(job.orgId, budget);
      return isMaking(state, cursor) ? readPage(job.orgId, cursor, room) : stepTo(cursor, 'fail');
    }
    if (!job.isSettled) return 'wait';
    const hasFailed = cursor.phase === 'read' || (job.failed > 0 && !ENDINGS.has(cursor.phase));
    return later[hasFailed ? 'fail' : cursor.phase](job, cursor, budget);
  };
};
