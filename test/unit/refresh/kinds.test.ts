import { budgetOf } from '#shared/aws/retry.ts';
import { ORG_SHARDS } from '#shared/identities/shards.ts';
import { newJob } from '#shared/jobs/job.ts';
import { createRefreshKinds, REFRESH_KINDS } from '#shared/refresh/kinds.ts';
import type { RefreshMessage } from '#shared/refresh/messages.ts';
import { NOW, ORG } from '#test/support/builders.ts';
import { aQueue, SEGMENT_ID, someIds } from '#test/support/refresh-world.ts';

const budget = budgetOf(10_000);

const pageOf = (ids: readonly string[], limit: number, after: string | undefined) => {
  const rest = ids.filter((id) => after === undefined || id > after);
  return { ids: rest.slice(0, limit), next: rest.length > limit ? rest[limit - 1] : undefined };
};

/** The ids of a shard; ids are distributed by position. */
const ofShard = (ids: readonly string[], shard: number) => ids.filter((_, nth) => nth % ORG_SHARDS === shard);

interface Stage {
  readonly contacts?: string[];
  readonly members?: string[];
  /** The ids of identities by company. */
  readonly companies?: Readonly<Record<string, readonly string[]>>;
}

const aStage = ({ contacts = [], members = [], companies = {} }: Stage = {}) => {
  const { sent, queue } = aQueue<RefreshMessage>();
  const kinds = createRefreshKinds({
    contacts: {
      contactsOfShard: async (_orgId, shard, limit, after) => pageOf(ofShard(contacts, shard), limit, after),
    },
    segments: {
      membersOfShard: async (_orgId, segmentId, shard, limit, after) =>
        pageOf(segmentId === SEGMENT_ID ? ofShard(members, shard) : [], limit, after),
    },
    companies: {
      members: async (_orgId, groupId, limit, [, after]) => {
        const { ids, next } = pageOf(companies[groupId] ?? [], limit, after ?? undefined);
        return { items: ids, next: next === undefined ? undefined : [3, next] };
      },
    },
    workers: queue,
  });
  const jobOf = (kind: string, parameters: unknown) =>
    newJob({ orgId: ORG, id: 'ref_1', kind, parameters, ofEveryone: false }, NOW);
  const kindOf = (name: string) => {
    const kind = kinds[name];
    if (kind === undefined) throw new Error(`No kind ${name}`);
    return kind;
  };
  /** All pages, by following the cursor as it is stored. */
  const pages = async (name: string, parameters: unknown): Promise<string[][]> => {
    const found: string[][] = [];
    let cursor: unknown;
    do {
      const step = await kindOf(name).next(jobOf(name, parameters), cursor, {
        limit: 1_000,
        isIdle: true,
        budget,
      });
      if (step === 'wait') throw new Error('The kind waits');
      found.push([...step.items]);
      cursor = step.next === undefined ? undefined : JSON.parse(JSON.stringify(step.next));
    } while (cursor !== undefined);
    return found;
  };
  return { kindOf, jobOf, pages, sent };
};

describe.each([
  [REFRESH_KINDS.everyone, {}, 'contacts'],
  [REFRESH_KINDS.members, { segmentId: SEGMENT_ID }, 'members'],
])('a refresh of %s', (kind, parameters, whom) => {
  it.each([
    [0, [0]],
    [3, [3]],
    [1_000, [1_000]],
    [2_500, [1_000, 1_000, 500]],
  ])('finds %i of them once, in pages that are full except the last', async (count, sizes) => {
    const ids = someIds(count);

    const pages = await aStage({ [whom]: ids }).pages(kind, parameters);

    expect(pages.flat().toSorted()).toEqual(ids);
    expect(pages.map((page) => page.length).filter((size, at) => size > 0 || at === 0)).toEqual(sizes);
  });

  it('sends chunks that read histories with eventual consistency', async () => {
    const { kindOf, jobOf, sent } = aStage();
    const ref = { id: 'ref_1', page: 0, chunk: 0 };

    await kindOf(kind).send(jobOf(kind, parameters), [{ ref, items: someIds(2) }], budget);

    expect(sent).toEqual([
      { orgId: ORG, contactIds: someIds(2), reason: 'job', consistent: false, job: ref },
    ]);
  });
});

describe('a refresh of the members of companies', () => {
  it('finds them page by page, one company after another, and each once on a page', async () => {
    const ids = someIds(1_500);
    const companies = { none: [], one: ids.slice(0, 1), all: ids, again: ids.slice(1_000) };

    const pages = await aStage({ companies }).pages(REFRESH_KINDS.companies, {
      groupIds: Object.keys(companies),
    });

    expect(pages.map((page) => page.length)).toEqual([1_000, 500]);
    expect(pages.flat().toSorted()).toEqual(ids);
    for (const page of pages) expect(new Set(page).size).toBe(page.length);
  });

  it('reads a hundred companies for a page', async () => {
    const groupIds = Array.from({ length: 250 }, (_, nth) => `company ${nth}`);
    const companies = Object.fromEntries(groupIds.map((id, nth) => [id, someIds(250).slice(nth, nth + 1)]));

    const pages = await aStage({ companies }).pages(REFRESH_KINDS.companies, { groupIds });

    expect(pages.map((page) => page.length)).toEqual([100, 100, 50]);
  });
});

describe('a refresh of named contacts', () => {
  it.each([true, false])(
    'reads their histories with strong consistency if required: %s',
    async (consistent) => {
      const { kindOf, jobOf, sent } = aStage();
      const ref = { id: 'ref_1', page: 0, chunk: 0 };
      const job = jobOf(REFRESH_KINDS.named, { consistent });

      await kindOf(REFRESH_KINDS.named).send(job, [{ ref, items: someIds(1) }], budget);

      expect(sent.map((message) => message.consistent)).toEqual([consistent]);
    },
  );
});
