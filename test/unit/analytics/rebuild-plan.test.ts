import {
  abandoned,
  begun,
  closed,
  type Generations,
  MAX_REBUILD_MS,
  NEVER_REBUILT,
  switched,
} from '#shared/analytics/generations.ts';
import { createRebuildPlan, type RebuildJob, type RebuildStep } from '#shared/analytics/rebuild-plan.ts';
import { ORG_SHARDS } from '#shared/identities/shards.ts';
import { aBudget, NOW, ORG } from '#test/support/builders.ts';
import { someIds } from '#test/support/refresh-world.ts';

const JOB = { orgId: ORG, id: 'reb_1', failed: 0, isSettled: true };

type Change = (from: Generations) => Generations | undefined;
const after = (...changes: Change[]): Generations =>
  changes.reduce((from, change) => change(from) ?? from, NEVER_REBUILT);
const begin = begun('reb_1', NOW);

/** A plan with in-memory dependencies; all shards have the same contacts. */
const aStage = ({ state = NEVER_REBUILT, ids = [] as readonly string[], now = NOW } = {}) => {
  let generations = state;
  const cancelled: string[] = [];
  const budget = aBudget();
  budget.advance(now - NOW);
  const planStep = createRebuildPlan({
    contacts: {
      idsOfShard: async (_orgId, _shard, limit, from) => {
        const rest = ids.filter((id) => from === undefined || id > from);
        return { ids: rest.slice(0, limit), next: rest.length > limit ? rest[limit - 1] : undefined };
      },
    },
    generations: {
      read: async () => generations,
      change: async (_orgId, change) => {
        generations = change(generations) ?? generations;
        return generations;
      },
    },
    cancel: async (_orgId, jobId) => cancelled.push(jobId),
  });
  const plan = (job: RebuildJob, cursor: unknown, limit = 10) => planStep(job, cursor, { limit, budget });
  return { plan, cancelled, generations: () => generations };
};

/** The tasks of a phase that is planned in several steps, and where the last one leads; none waits for the previous ones. */
const allOf = async (plan: ReturnType<typeof aStage>['plan'], phase: string) => {
  const steps: RebuildStep[] = [];
  let cursor: unknown = at(phase);
  do {
    const step = await plan({ ...JOB, isSettled: steps.length === 0 }, cursor);
    if (step === 'wait') throw new Error('A step waits');
    steps.push(step);
    cursor = step.next;
  } while (steps.at(-1)?.next?.phase === phase);
  return {
    sizes: steps.map(({ items }) => items.length),
    items: steps.flatMap(({ items }) => items),
    next: cursor,
  };
};

/** The tasks of all slices. */
const slicesOf = (task: string): string[] => Array.from({ length: 16 }, (_, slice) => `${task}#${slice}`);

const at = (phase: string) => ({ generation: 1, replaced: 0, phase });

describe('planning a rebuild', () => {
  it('begins a generation and lists all contacts, page by page', async () => {
    const ids = someIds(3).toSorted();
    const { plan, generations } = aStage({ ids });
    const items: string[] = [];
    let cursor: unknown;
    let steps = 0;
    do {
      const step = await plan({ ...JOB, isSettled: false }, cursor, 2);
      if (step === 'wait') break;
      items.push(...step.items);
      cursor = step.next;
      steps += 1;
    } while (steps < 100);

    expect(generations().building).toMatchObject({ generation: 1, jobId: 'reb_1', isClosed: false });
    expect(items).toEqual(Array.from({ length: ORG_SHARDS }, () => ids.map((id) => `read#1#${id}`)).flat());
    expect(cursor).toEqual(at('sum'));
  });

  it('lists the contacts of a small organisation in one step', async () => {
    const { plan } = aStage({ ids: someIds(1) });

    const step = await plan({ ...JOB, isSettled: false }, undefined, 1_000);

    expect(step).toMatchObject({ next: at('sum') });
    expect(step === 'wait' ? [] : step.items).toHaveLength(ORG_SHARDS);
  });

  it('begins only one generation, even if the first step is repeated', async () => {
    const { plan, generations } = aStage();

    const first = await plan(JOB, undefined);
    const second = await plan(JOB, undefined);

    expect(second).toEqual(first);
    expect(generations().latest).toBe(1);
  });

  it.each(['sum', 'total', 'switch', 'remove', 'fail', 'failed'])(
    'waits for all items before the step %s',
    async (phase) => {
      const { plan, generations } = aStage({ state: after(begin) });

      expect(await plan({ ...JOB, isSettled: false }, at(phase))).toBe('wait');
      expect(generations()).toEqual(after(begin));
    },
  );

  it('closes, adds up, switches and removes the previous generation, each once the previous step is settled', async () => {
    const { plan, generations } = aStage({ state: after(begin) });

    const sum = await allOf(plan, 'sum');
    const atSum = generations();
    const total = await allOf(plan, 'total');
    const change = await plan(JOB, at('switch'));
    const remove = await plan(JOB, { ...at('remove') });

    expect(sum).toEqual({
      sizes: Array.from({ length: 16 }, () => 4),
      items: Array.from({ length: 64 }, (_, shard) => `sum#1#${shard}`),
      next: at('total'),
    });
    expect(atSum.building?.isClosed).toBe(true);
    expect(total).toEqual({ sizes: [4, 4, 4, 4], items: slicesOf('total#1'), next: at('switch') });
    expect(change).toEqual({ items: [], next: at('remove') });
    expect(generations()).toMatchObject({ current: 1, building: undefined });
    expect(remove).toEqual({ items: slicesOf('remove#0'), next: undefined });
  });

  it('also removes generations that were abandoned between the previous one and this one', async () => {
    const state = after(begin, begun('reb_2', NOW), begun('reb_3', NOW), closed(3), switched(3, NOW));
    const { plan } = aStage({ state });

    const step = await plan({ ...JOB, id: 'reb_3' }, { generation: 3, replaced: 0, phase: 'remove' });

    expect(step).toEqual({ items: ['remove#0', 'remove#1', 'remove#2'].flatMap(slicesOf), next: undefined });
  });

  it.each([
    ['sum', after(begin)],
    ['total', after(begin, closed(1))],
    ['switch', after(begin, closed(1))],
  ])('abandons the rebuild at the step %s if an item failed', async (phase, state) => {
    const { plan, cancelled, generations } = aStage({ state });
    const job = { ...JOB, failed: 1 };

    const step = await plan(job, at(phase));
    const fail = await plan(job, at('failed'));

    expect(step).toEqual({ items: slicesOf('remove#1'), next: at('failed') });
    expect(generations()).toMatchObject({ current: 0, building: undefined });
    expect(fail).toEqual({ items: [], next: undefined });
    expect(cancelled).toEqual(['reb_1']);
  });

  it.each(['sum', 'total'])('plans no further task of the step %s after one failed', async (phase) => {
    const { plan } = aStage({ state: after(begin, closed(1)) });
    const cursor = { ...at(phase), planned: 8 };

    expect(await plan({ ...JOB, failed: 1, isSettled: false }, cursor)).toBe('wait');
    expect(await plan({ ...JOB, failed: 1 }, cursor)).toEqual({
      items: slicesOf('remove#1'),
      next: at('failed'),
    });
  });

  it('reads no further contacts after one failed', async () => {
    const { plan } = aStage({ state: after(begin), ids: someIds(3) });
    const cursor = { ...at('read'), shard: 2 };

    expect(await plan({ ...JOB, failed: 1, isSettled: false }, cursor)).toBe('wait');
    expect(await plan({ ...JOB, failed: 1 }, cursor)).toEqual({
      items: slicesOf('remove#1'),
      next: at('failed'),
    });
  });

  it.each(['read', 'sum', 'total', 'switch'])(
    'fails at the step %s if another rebuild has begun',
    async (phase) => {
      const { plan, generations } = aStage({ state: after(begin, begun('reb_2', NOW)) });
      const cursor = { ...at(phase), ...(phase === 'read' && { shard: 0 }) };

      expect(await plan(JOB, cursor)).toEqual({ items: [], next: at('fail') });
      expect(await plan(JOB, at('fail'))).toEqual({ items: slicesOf('remove#1'), next: at('failed') });
      expect(generations().building?.jobId).toBe('reb_2');
    },
  );

  it('fails if it has taken so long that its rows are about to expire', async () => {
    const { plan } = aStage({ state: after(begin, closed(1)), now: NOW + MAX_REBUILD_MS + 1 });

    expect(await plan(JOB, at('switch'))).toEqual({ items: [], next: at('fail') });
  });

  it('continues after the switch if its planner died before storing the step', async () => {
    const { plan } = aStage({ state: after(begin, closed(1), switched(1, NOW)) });

    expect(await plan(JOB, at('switch'))).toEqual({ items: [], next: at('remove') });
  });

  it('fails if a consumer has abandoned it', async () => {
    const { plan } = aStage({ state: after(begin, abandoned(1)) });

    expect(await plan(JOB, at('total'))).toEqual({ items: [], next: at('fail') });
  });
});
