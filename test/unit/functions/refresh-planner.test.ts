import { createPlan } from '#functions/refresh/planner/handler.ts';
import { budgetOf } from '#shared/aws/retry.ts';
import type { PlanMessage, RefreshMessage } from '#shared/refresh/messages.ts';
import type { PlannedPage } from '#shared/refresh/progress-store.ts';
import { NOW, ORG } from '#test/support/builders.ts';
import { aQueue, someIds } from '#test/support/refresh-world.ts';

interface WorldOptions {
  /** The contacts of every shard. */
  readonly contacts?: readonly string[];
  /** The members of every shard, by segment id. */
  readonly members?: Readonly<Record<string, readonly string[]>>;
}

const pageOf = (ids: readonly string[], limit: number, after: string | undefined) => {
  const rest = ids.filter((id) => after === undefined || id > after);
  return { ids: rest.slice(0, limit), next: rest.length > limit ? rest[limit - 1] : undefined };
};

const aStage = ({ contacts = [], members = {} }: WorldOptions = {}) => {
  const journal: string[] = [];
  const pages = new Map<string, PlannedPage>();
  const workers = aQueue<RefreshMessage>(() => journal.push('workers'));
  const planner = aQueue<PlanMessage>(() => journal.push('planner'));
  const keyOf = (jobId: string, start: { shard: number; after: string | undefined }) =>
    `${jobId} ${start.shard} ${start.after ?? ''}`;
  const run = createPlan({
    contacts: {
      idsOfShard: async (_orgId, _shard, limit, after) => {
        journal.push('contacts');
        return pageOf(contacts, limit, after);
      },
    },
    segments: {
      membersOfShard: async (_orgId, segmentId, _shard, limit, after) => {
        journal.push('members');
        return pageOf(members[segmentId] ?? [], limit, after);
      },
    },
    progress: {
      plannedPage: async (_orgId, jobId, start) => pages.get(keyOf(jobId, start)),
      savePage: async (_orgId, jobId, start, page) => {
        journal.push('page');
        pages.set(keyOf(jobId, start), page);
      },
    },
    workers: workers.queue,
    planner: planner.queue,
  });
  const deliver = (message: PlanMessage) =>
    run(message, { attempt: 1, sentAt: NOW, budget: budgetOf(48_000, () => NOW) });
  return { deliver, journal, pages, toWorkers: workers.sent, toPlanner: planner.sent };
};

const EVERYONE: PlanMessage = { orgId: ORG, jobId: 'ref_1', of: { kind: 'everyone' }, shard: 3 };
const MEMBERS: PlanMessage = { ...EVERYONE, of: { kind: 'members', segmentId: 'seg_1' } };

describe('planning a page', () => {
  it('sends the contacts to the workers, notes the page, then asks for the next, in this order', async () => {
    const contacts = someIds(2_001);
    const { deliver, journal, pages, toWorkers, toPlanner } = aStage({ contacts });

    await deliver(EVERYONE);

    expect(journal).toEqual(['contacts', 'workers', 'page', 'planner']);
    expect(toWorkers.flatMap(({ contactIds }) => contactIds)).toEqual(contacts.slice(0, 2_000));
    expect(toWorkers.every(({ reason, job }) => reason === 'job' && job?.id === 'ref_1')).toBe(true);
    expect([...pages.values()]).toEqual([{ count: 2_000, next: contacts[1_999] }]);
    expect(toPlanner).toEqual([{ ...EVERYONE, after: contacts[1_999] }]);
  });

  it.each([
    ['everyone', EVERYONE, { contacts: someIds(3) }, 'contacts'],
    ['the members of a segment', MEMBERS, { members: { seg_1: someIds(3) } }, 'members'],
  ])('of %s that is the last asks for no other', async (_whom, message, options, step) => {
    const { deliver, journal, toWorkers, toPlanner } = aStage(options);

    await deliver(message);

    expect(journal).toEqual([step, 'workers', 'page']);
    expect(toWorkers.flatMap(({ contactIds }) => contactIds)).toEqual(someIds(3));
    expect(toPlanner).toEqual([]);
  });

  it('of a shard without contacts is noted, so that the job can end', async () => {
    const { deliver, pages, toWorkers } = aStage();

    await deliver(EVERYONE);

    expect(toWorkers).toEqual([]);
    expect([...pages.values()]).toEqual([{ count: 0, next: undefined }]);
  });

  it('that was planned before sends no contacts again, but asks for the next page', async () => {
    const contacts = someIds(2_001);
    const { deliver, toWorkers, toPlanner } = aStage({ contacts });
    await deliver(EVERYONE);
    const sent = toWorkers.length;

    await deliver(EVERYONE);

    expect(toWorkers).toHaveLength(sent);
    expect(toPlanner).toEqual(Array(2).fill({ ...EVERYONE, after: contacts[1_999] }));
  });

  it('finds everyone once by following its own messages, in chunks that differ', async () => {
    const contacts = someIds(4_500);
    const { deliver, toWorkers, toPlanner } = aStage({ contacts });

    await deliver(EVERYONE);
    for (let next = toPlanner.shift(); next !== undefined; next = toPlanner.shift()) await deliver(next);

    expect(toWorkers.flatMap(({ contactIds }) => contactIds)).toEqual(contacts);
    expect(new Set(toWorkers.map(({ job }) => job?.chunk)).size).toBe(toWorkers.length);
  });

  it('gives the same contacts the same chunks when it is done again, and other shards others', async () => {
    const chunksOf = async (message: PlanMessage) => {
      const { deliver, toWorkers } = aStage({ contacts: someIds(50) });
      await deliver(message);
      return toWorkers.map(({ job }) => job?.chunk);
    };

    const chunks = await chunksOf(EVERYONE);

    expect(await chunksOf(EVERYONE)).toEqual(chunks);
    expect(chunks.some((chunk) => chunk === undefined)).toBe(false);
    const others = await chunksOf({ ...EVERYONE, shard: 4 });
    expect(new Set([...chunks, ...others]).size).toBe(2 * chunks.length);
  });
});
