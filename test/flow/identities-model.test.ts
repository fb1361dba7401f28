import fc from 'fast-check';
import { createSegmentStore } from '#shared/segments/segment-store.ts';
import { countedTotals, totalsOf, untilCounted } from '#test/support/analytics.ts';
import { newOrg, type TestOrg } from '#test/support/api.ts';
import { engagementOf, isNear } from '#test/support/formula.ts';
import {
  attributesOf,
  eachOnce,
  foldPeople,
  type Happened,
  type Happening,
  lastOf,
  nameOf,
  type Person,
  timelineOf,
  unitePeople,
} from '#test/support/people.ts';
import { happeningsInConflict, LATEST, peacefulHappenings } from '#test/support/people-arbitraries.ts';
import { contradictionsIn, readPeople, type Seen, seenOf } from '#test/support/people-rows.ts';
import { newPeopleStage, peopleTables } from '#test/support/people-stage.ts';
import { aSegment } from '#test/support/refresh-world.ts';
import { stackDynamo } from '#test/support/tables.ts';

const DAY = 86_400_000;

const countOf = (timeline: readonly Happened[], kind: string, type: string): number =>
  timeline.filter((event) => event.kind === kind && event.type === type).length;

/** The counter of events takes its time for each organisation. */
const ORGS_WITH_CHARTS = 4;

const AS_BY_THE_FORMULA = 'as by the formula';

/** Segments by id: the rule, and whether a person is in it, computed naively. */
const SEGMENTS: Readonly<
  Record<string, [object, (attributes: Record<string, string>, timeline: readonly Happened[]) => boolean]>
> = {
  seg_00000000000000000000000011: [
    { attribute: { name: 'plan', equals: 'pro' } },
    ({ plan }) => plan === '"pro"',
  ],
  seg_00000000000000000000000012: [
    { event: { kind: 'track', type: 'purchased', atLeast: 2 } },
    (_, timeline) => countOf(timeline, 'track', 'purchased') >= 2,
  ],
  seg_00000000000000000000000013: [
    { not: { event: { kind: 'web' } } },
    (_, timeline) => countOf(timeline, 'web', 'page_view') === 0,
  ],
  seg_00000000000000000000000014: [
    { event: { kind: 'profile', atLeast: 2 } },
    (_, timeline) => countOf(timeline, 'profile', 'updated') >= 2,
  ],
  seg_00000000000000000000000015: [
    { event: { kind: 'email', type: 'opened', within: '100d' } },
    (_, timeline) =>
      timeline.some(({ type, occurredAt }) => type === 'opened' && occurredAt > Date.now() - 100 * DAY),
  ],
};

const newStage = async () => {
  const org = await newOrg();
  const segments = createSegmentStore(stackDynamo(), peopleTables());
  await Promise.all(
    Object.entries(SEGMENTS).map(([id, [rule]]) =>
      segments.create(org.orgId, aSegment({ id, name: id, rule: rule as never })),
    ),
  );
  return { org, ...newPeopleStage(org.orgId) };
};

type Stage = Awaited<ReturnType<typeof newStage>>;

/** What a person should look like. */
const expectedOf = (person: Person, happenings: readonly Happening[]) => {
  const { email, externalId } = lastOf(person.said);
  const attributes = attributesOf(person);
  const timeline = timelineOf(person, happenings);
  const segments = Object.entries(SEGMENTS).filter(([, [, isIn]]) => isIn(attributes, timeline));
  return {
    names: [...person.names].toSorted(),
    email,
    externalId,
    attributes,
    timeline,
    segments: segments.map(([id]) => id).toSorted(),
    score: AS_BY_THE_FORMULA,
  };
};

const asExpected = ({ standing, ...seen }: Seen) => {
  const { scoredAt = 0, score, segments } = standing;
  const expected = engagementOf(seen.timeline, scoredAt);
  return {
    ...seen,
    segments: [...segments.keys()].toSorted(),
    score: isNear(score, expected) ? AS_BY_THE_FORMULA : score,
  };
};

const refreshEveryone = async ({ org, refresh }: Stage): Promise<void> => {
  const { identities } = await readPeople(org.orgId);
  await refresh([...identities.keys()]);
};

const checked: { readonly org: TestOrg; readonly events: readonly Happened[] }[] = [];

const expectPeople = async (
  { org }: Stage,
  people: readonly Person[],
  happenings: readonly Happening[],
): Promise<void> => {
  const rows = await readPeople(org.orgId);
  expect(contradictionsIn(rows)).toEqual([]);
  const seen = await seenOf(org.orgId, rows);
  const expected = people.map((person) => expectedOf(person, happenings));
  expect(seen.map(asExpected)).toEqual(
    expected.toSorted((a, b) => ((a.names[0] ?? '') < (b.names[0] ?? '') ? -1 : 1)),
  );
  // By any of its identities, the same contact is read.
  const [contact] = rows.contacts;
  for (const id of contact?.identities.keys() ?? []) {
    const { status, body } = await org.get(`/v1/contacts/${id}`);
    expect([status, body.contactId]).toEqual([200, contact?.contactId]);
  }
  const everyone = { names: new Set(namesIn(happenings)), said: [] };
  checked.push({ org, events: timelineOf(everyone, happenings) });
};

const namesIn = (happenings: readonly Happening[]): string[] =>
  happenings.flatMap((happening) => (happening.kind === 'event' ? [nameOf(happening.by)] : []));

const cut = <T>(list: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, nth) => list.slice(nth * size, (nth + 1) * size));

const shuffledBy = <T>(list: readonly T[], keys: readonly number[]): T[] =>
  list
    .map((one, nth) => [keys[nth % keys.length] ?? 0, (nth * 7_919) % 101, one] as const)
    .toSorted((a, b) => a[0] - b[0] || a[1] - b[1])
    .map(([, , one]) => one);

const keys = fc.array(fc.nat(1_000), { minLength: 13, maxLength: 13 });

describe('people whose identities are not in conflict', () => {
  it('end as the same contacts, whatever the order, the batches, the concurrency and the repetitions', async () => {
    await fc.assert(
      fc.asyncProperty(
        peacefulHappenings,
        fc.record({
          order: keys,
          again: keys,
          size: fc.integer({ min: 1, max: 12 }),
          lanes: fc.integer({ min: 1, max: 3 }),
        }),
        async (happenings, { order, again, size, lanes }) => {
          const stage = await newStage();
          const batches = [
            ...cut(shuffledBy(happenings, order), size),
            ...cut(shuffledBy(happenings, again), size),
          ];

          for (const together of cut(batches, lanes)) {
            await Promise.all([
              ...together.map((batch) => stage.deliver(batch, LATEST)),
              ...(lanes === 3 ? [refreshEveryone(stage)] : []),
            ]);
          }
          await refreshEveryone(stage);

          await expectPeople(stage, unitePeople(happenings), happenings);
        },
      ),
      { numRuns: 8, endOnFailure: true },
    );
  }, 60_000);
});

describe('people who share identities', () => {
  it('end as a naive reader of the messages knows them, delivered in order, and twice', async () => {
    await fc.assert(
      fc.asyncProperty(happeningsInConflict, fc.integer({ min: 1, max: 6 }), async (happenings, size) => {
        const stage = await newStage();
        const once = cut(happenings, size).flatMap(likeDelivered);
        const batches = [...once, ...once];

        for (const batch of batches) await stage.deliver(batch, LATEST);
        await refreshEveryone(stage);

        await expectPeople(stage, foldPeople(batches, LATEST), happenings);
      }),
      { numRuns: 8, endOnFailure: true },
    );
  }, 60_000);
});

describe('messages of people who share identities, with merges and refreshes, all at once', () => {
  it('leave no contradiction in the tables, and every event in one timeline', async () => {
    await fc.assert(
      fc.asyncProperty(happeningsInConflict, fc.integer({ min: 1, max: 4 }), async (happenings, size) => {
        const stage = await newStage();
        const batches = cut(happenings, size);

        await Promise.all([
          ...batches.map((batch) => stage.deliver(batch, LATEST)),
          refreshEveryone(stage),
          ...batches.map((batch) => stage.deliver(batch.toReversed(), LATEST)),
        ]);
        await refreshEveryone(stage);

        const rows = await readPeople(stage.org.orgId);
        const seen = await seenOf(stage.org.orgId, rows);
        const names = new Set(seen.flatMap((person) => person.names));
        expect(contradictionsIn(rows)).toEqual([]);
        expect(eachOnce(seen.flatMap(({ timeline }) => timeline))).toEqual(
          timelineOf({ names, said: [] }, happenings),
        );
        expect(seen.map(asExpected).filter(({ score }) => score !== AS_BY_THE_FORMULA)).toEqual([]);
      }),
      { numRuns: 6, endOnFailure: true },
    );
  }, 60_000);
});

/** A delivery imports the contacts of a batch before its events and merges. */
const likeDelivered = (batch: readonly Happening[]): Happening[][] =>
  [
    batch.filter(({ kind }) => kind === 'identify'),
    ...batch.filter(({ kind }) => kind !== 'identify').map((each) => [each]),
  ].filter(({ length }) => length > 0);

describe('the charts', () => {
  it('count every event of these people once', async () => {
    const every = Math.ceil(checked.length / ORGS_WITH_CHARTS);
    for (const { org, events } of checked.filter((_, nth) => nth % every === 0)) {
      await untilCounted(org, 20_000);
      expect(await countedTotals(org)).toEqual(totalsOf(events));
    }
  }, 60_000);
});
