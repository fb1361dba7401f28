import { batchPut } from '#shared/aws/dynamodb.ts';
import { budgetOf } from '#shared/aws/retry.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { ORG_SHARDS, type ShardPosition } from '#shared/identities/shards.ts';
import { createSegmentStore, type Member, memberKey } from '#shared/segments/segment-store.ts';
import { newOrg, type TestOrg } from '#test/support/api.ts';
import { someIds } from '#test/support/refresh-world.ts';
import { stackDynamo, tableName } from '#test/support/tables.ts';

const SEGMENT = 'seg_1';
const ENTERED = '2026-03-02T00:00:00.000Z';

const aStore = () =>
  createSegmentStore(stackDynamo(), {
    definitions: tableName(OUTPUT.definitionsTable),
    members: tableName(OUTPUT.membersTable),
  });

const addMembers = async ({ orgId }: TestOrg, contactIds: readonly string[], segmentId = SEGMENT) => {
  const items = contactIds.map((id) => ({ ...memberKey(orgId, segmentId, id), enteredAt: { S: ENTERED } }));
  const left = await batchPut(tableName(OUTPUT.membersTable), items, {
    client: stackDynamo(),
    budget: budgetOf(10_000),
  });
  if (left.length > 0) throw new Error('Not all members could be added');
};

/** Reads all pages of a segment's members; `between` runs after each page. */
const pagesOf = async ({ orgId }: TestOrg, limit: number, between = async () => {}): Promise<Member[][]> => {
  const pages: Member[][] = [];
  let from: ShardPosition | undefined = [0, null];
  while (from !== undefined) {
    const { items, next } = await aStore().members(orgId, SEGMENT, limit, from);
    pages.push([...items]);
    from = next;
    await between();
  }
  return pages;
};

describe('the members of a segment', () => {
  it.each([1, 7, 50, 200])('with a limit of %i are each listed once, over all shards', async (limit) => {
    const org = await newOrg();
    const ids = someIds(50);
    await addMembers(org, ids);
    await addMembers(org, someIds(60), 'seg_10');

    const pages = await pagesOf(org, limit);

    const seen = pages.flat();
    expect(seen.map(({ contactId }) => contactId).toSorted()).toEqual(ids);
    expect(seen.every(({ enteredAt }) => enteredAt === ENTERED)).toBe(true);
    expect(pages.every((page) => page.length <= limit)).toBe(true);
  });

  it('are neither repeated nor lost while others enter', async () => {
    const org = await newOrg();
    const [early, late] = [
      someIds(80).filter((_, nth) => nth % 2 === 0),
      someIds(80).filter((_, nth) => nth % 2),
    ];
    await addMembers(org, early);
    const waiting = [...late];

    const pages = await pagesOf(org, 6, () => addMembers(org, waiting.splice(0, 5)));

    const seen = pages.flat().map(({ contactId }) => contactId);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(early));
  });

  it('of an empty segment are one empty page', async () => {
    expect(await pagesOf(await newOrg(), 10)).toEqual([[]]);
  });

  it('can be read shard by shard, in the order of ids', async () => {
    const org = await newOrg();
    const ids = someIds(40);
    await addMembers(org, ids);

    const seen: string[] = [];
    for (let shard = 0; shard < ORG_SHARDS; shard++) {
      const ofShard: string[] = [];
      let after: string | undefined;
      do {
        const page = await aStore().membersOfShard(org.orgId, SEGMENT, shard, 2, after);
        ofShard.push(...page.ids);
        after = page.next;
      } while (after !== undefined);
      expect(ofShard).toEqual(ofShard.toSorted());
      seen.push(...ofShard);
    }

    expect(seen.toSorted()).toEqual(ids);
  });
});
