import fc from 'fast-check';
import { countedTotals, totalsOf, untilCounted } from '#test/support/analytics.ts';
import type { TestOrg } from '#test/support/api.ts';
import { foldPeople, type Happening, unitePeople } from '#test/support/people.ts';
import { happeningsInConflict, LATEST, peacefulHappenings } from '#test/support/people-arbitraries.ts';
import {
  cut,
  eventsOf,
  expectNoContradictions,
  expectPeople,
  newStage,
  refreshEveryone,
  shuffledBy,
} from '#test/support/people-check.ts';

/** The counter of events takes its time for each organisation. */
const ORGS_WITH_CHARTS = 2;

/** The organisations whose people were as expected. */
const checked: { readonly org: TestOrg; readonly happenings: readonly Happening[] }[] = [];

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
          checked.push({ org: stage.org, happenings });
        },
      ),
      { numRuns: 5, endOnFailure: true },
    );
  }, 120_000);
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
        checked.push({ org: stage.org, happenings });
      }),
      { numRuns: 5, endOnFailure: true },
    );
  }, 120_000);
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

        await expectNoContradictions(stage, happenings);
      }),
      { numRuns: 5, endOnFailure: true },
    );
  }, 120_000);
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
    for (const { org, happenings } of checked.filter((_, nth) => nth % every === 0)) {
      await untilCounted(org, 20_000);
      expect(await countedTotals(org)).toEqual(totalsOf(eventsOf(happenings)));
    }
  }, 120_000);
});
