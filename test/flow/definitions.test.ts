import pMap from 'p-map';
import { OUTPUT } from '#shared/deployment/names.ts';
import { DEFAULT_SCORING } from '#shared/scoring/scoring-settings.ts';
import { createScoringStore } from '#shared/scoring/scoring-store.ts';
import { MAX_SEGMENTS, type StoredSegment } from '#shared/segments/segment.ts';
import { createSegmentStore, type SegmentStore } from '#shared/segments/segment-store.ts';
import { newId } from '#shared/time/ids.ts';
import { newOrg, type TestOrg } from '#test/support/api.ts';
import { aSegment } from '#test/support/refresh-world.ts';
import { allOf } from '#test/support/refreshes.ts';
import { stackDynamo, tableName } from '#test/support/tables.ts';
import { until } from '#test/support/until.ts';

const segments = (): SegmentStore =>
  createSegmentStore(stackDynamo(), {
    definitions: tableName(OUTPUT.definitionsTable),
    members: tableName(OUTPUT.membersTable),
  });
const scoring = () => createScoringStore(stackDynamo(), tableName(OUTPUT.definitionsTable));

const newSegment = (name = 'New'): StoredSegment => aSegment({ id: newId('seg', Date.now), name });

/** Creates segments. @returns them */
const createSome = (org: TestOrg, count: number): Promise<StoredSegment[]> =>
  pMap(
    Array.from({ length: count }, () => newSegment()),
    async (segment) => {
      if (!(await segments().create(org.orgId, segment))) throw new Error('Not created');
      return segment;
    },
    { concurrency: 8 },
  );

/** The version that is stored, and the one that the definitions are. */
const versionsOf = async ({ orgId }: TestOrg): Promise<[number, number]> => [
  await segments().version(orgId),
  (await segments().definitions(orgId)).version,
];

describe('the limit of segments', () => {
  it('holds if 16 clients create segments at once: as many as fit are created, the others get 409', async () => {
    const org = await newOrg();
    const rule = { event: { kind: 'email', type: 'opened' } };
    await createSome(org, MAX_SEGMENTS - 5);
    const create = async (): Promise<number> => {
      let status = 429;
      // Ten evaluations at once are allowed; the others wait for them.
      await until(
        'there are fewer than ten evaluations',
        async () => {
          ({ status } = await org.post('/v1/segments', { name: 'One more', rule }));
          return status !== 429;
        },
        60_000,
      );
      return status;
    };

    const statuses = await Promise.all(Array.from({ length: 16 }, create));
    const listed = await allOf(org, '/v1/segments?limit=200');

    expect(statuses.sort()).toEqual([...Array(5).fill(201), ...Array(11).fill(409)]);
    expect(listed).toHaveLength(MAX_SEGMENTS);
  }, 90_000);

  it('allows a new segment in place of a deleted one, and no more', async () => {
    const org = await newOrg();
    const [first] = await createSome(org, MAX_SEGMENTS);

    const before = await segments().create(org.orgId, newSegment());
    await segments().remove(org.orgId, (first as StoredSegment).id);
    const after = await Promise.all([1, 2, 3].map(() => segments().create(org.orgId, newSegment())));

    expect(before).toBe(false);
    expect(after.sort()).toEqual([false, false, true]);
  }, 60_000);
});

describe('the version of definitions', () => {
  it('is 0 as long as there are none, and changes with every write of one', async () => {
    const org = await newOrg();
    const segment = newSegment();
    const seen = [await versionsOf(org)];

    await segments().create(org.orgId, segment);
    seen.push(await versionsOf(org));
    await segments().replace(org.orgId, segment);
    seen.push(await versionsOf(org));
    await scoring().put(org.orgId, { settings: DEFAULT_SCORING, refreshId: undefined });
    seen.push(await versionsOf(org));
    await segments().remove(org.orgId, segment.id);
    seen.push(await versionsOf(org));

    expect(seen[0]).toEqual([0, 0]);
    for (const [stored, read] of seen) expect(stored).toBe(read);
    expect(new Set(seen.map(([stored]) => stored)).size).toBe(5);
  });

  it('is that of the definitions after any writes at once', async () => {
    const org = await newOrg();
    const { orgId } = org;
    const some = await createSome(org, 6);

    const written = await Promise.all(
      some.flatMap((segment, nth) => [
        segments().replace(orgId, { ...segment, name: 'First' }),
        segments().replace(orgId, { ...segment, name: 'Second' }),
        segments().remove(orgId, some[nth % 3]?.id ?? ''),
        segments().create(orgId, newSegment()),
        scoring().put(orgId, { settings: DEFAULT_SCORING, refreshId: `ref_${nth}` }),
      ]),
    );
    const { segments: left } = await segments().definitions(orgId);
    const [stored, read] = await versionsOf(org);

    expect(stored).toBe(read);
    expect(left).toHaveLength(6 - 3 + 6);
    // Each of three segments was deleted by one of two, so the other was told that it does not exist.
    expect(written.filter((_result, at) => at % 5 === 2).filter((removed) => removed === false)).toHaveLength(
      3,
    );
  }, 30_000);

  it('is unchanged by writes that are refused', async () => {
    const org = await newOrg();
    const [segment] = (await createSome(org, 1)) as [StoredSegment];
    const before = await versionsOf(org);

    const refused = [
      await segments().create(org.orgId, segment),
      await segments().replace(org.orgId, newSegment()),
      await segments().remove(org.orgId, newSegment().id),
    ];

    expect(refused).toEqual([false, false, false]);
    expect(await versionsOf(org)).toEqual(before);
  });
});
