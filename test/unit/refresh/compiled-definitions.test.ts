import fc from 'fast-check';
import { budgetOf } from '#shared/aws/retry.ts';
import { createComputeOf } from '#shared/refresh/compiled-definitions.ts';
import type { Compute } from '#shared/refresh/computed.ts';
import { DEFAULT_SCORING } from '#shared/scoring/scoring-settings.ts';
import type { SegmentRule } from '#shared/segments/rule.ts';
import type { Definitions } from '#shared/segments/segment-store.ts';
import { NOW, ORG } from '#test/support/builders.ts';
import { aContact, aSegment } from '#test/support/refresh-world.ts';

/** A rule that a contact without events satisfies. */
const ALWAYS: SegmentRule = { not: { event: { kind: 'email', type: 'opened' } } };

/** Definitions of this version, whose only segment is named after it. */
const definitionsOf = (version: number, rule = ALWAYS): Definitions => ({
  version,
  scoring: DEFAULT_SCORING,
  segments: [aSegment({ id: `seg_${version}`, rule })],
});

async function* noEvents() {
  yield [];
}

/** The ids of the segments that a function evaluates. */
const segmentsOf = async (compute: Compute): Promise<string[]> => [
  ...(await compute(aContact(), noEvents(), NOW)).memberOf,
];

/** A cache over a store whose reads a test controls, and a record of the reads. */
const aCache = (
  version: (orgId: string) => number | Promise<number>,
  definitions: (orgId: string) => Definitions | Promise<Definitions>,
  now: () => number = () => NOW,
) => {
  const reads: string[] = [];
  const store: Parameters<typeof createComputeOf>[0] = {
    version: async (orgId) => {
      reads.push('version');
      return version(orgId);
    },
    definitions: async (orgId) => {
      reads.push('definitions');
      return definitions(orgId);
    },
  };
  const computeOf = createComputeOf(store, now);
  return { computeOf: (orgId = ORG) => computeOf(orgId, budgetOf(10_000)), reads };
};

describe('compiled definitions', () => {
  it('are read and compiled once for each version, and only the version is read for each call', async () => {
    let version = 1;
    const { computeOf, reads } = aCache(
      () => version,
      () => definitionsOf(version),
    );

    const first = await computeOf();
    const again = await computeOf();
    version = 2;
    const changed = await computeOf();

    expect(again).toBe(first);
    expect(await segmentsOf(first)).toEqual(['seg_1']);
    expect(await segmentsOf(changed)).toEqual(['seg_2']);
    expect(reads).toEqual(['version', 'definitions', 'version', 'version', 'definitions']);
  });

  it('are read once by concurrent calls', async () => {
    const { computeOf, reads } = aCache(
      () => 1,
      () => definitionsOf(1),
    );

    const all = await Promise.all([computeOf(), computeOf(), computeOf()]);

    expect(new Set(all).size).toBe(1);
    expect(reads.filter((read) => read === 'definitions')).toHaveLength(1);
  });

  it('that are not of the version that was read before them serve only the call that read them', async () => {
    const results = [definitionsOf(1), definitionsOf(2)];
    const { computeOf, reads } = aCache(
      () => 2,
      () => results.shift() ?? definitionsOf(2),
    );

    const [first, joined] = await Promise.all([computeOf(), computeOf()]);
    const later = await computeOf();

    expect(await segmentsOf(first)).toEqual(['seg_1']);
    expect(await segmentsOf(joined)).toEqual(['seg_2']);
    expect(later).toBe(joined);
    expect(reads.filter((read) => read === 'definitions')).toHaveLength(2);
  });

  it('that could not be read are read again by the next call, and by a call that waited for them', async () => {
    let fails = true;
    const { computeOf } = aCache(
      () => 1,
      () => {
        if (!fails) return definitionsOf(1);
        fails = false;
        throw new Error('Not now');
      },
    );

    const [failed, joined] = await Promise.allSettled([computeOf(), computeOf()]);

    expect(failed).toMatchObject({ status: 'rejected' });
    expect(joined.status).toBe('fulfilled');
    expect(await segmentsOf(await computeOf())).toEqual(['seg_1']);
  });

  it('are read again after ten minutes, whatever their version is', async () => {
    let at = NOW;
    const { computeOf, reads } = aCache(
      () => 1,
      () => definitionsOf(1),
      () => at,
    );

    await computeOf();
    at += 600_000;
    await computeOf();
    at += 1;
    await computeOf();

    expect(reads).toEqual(['version', 'definitions', 'version', 'version', 'definitions']);
  });

  it('are kept for organisations up to a size, the most recently used ones', async () => {
    // Some of these fit together, but not all.
    const names = Array.from({ length: 100 }, (_, nth) => `x${nth}`.padEnd(4_000, 'x'));
    const large: SegmentRule = { all: names.map((name) => ({ attribute: { name, equals: 'pro' } })) };
    const segments = Array.from({ length: 8 }, (_, nth) => aSegment({ id: `seg_${nth}`, rule: large }));
    const { computeOf, reads } = aCache(
      () => 1,
      () => ({ version: 1, scoring: DEFAULT_SCORING, segments }),
    );
    const isRead = async (orgId: string): Promise<boolean> => {
      const before = reads.length;
      await computeOf(orgId);
      return reads.length - before > 1;
    };

    const first = [await isRead('a'), await isRead('b'), await isRead('c')];
    const used = await isRead('a');
    const another = await isRead('d');

    expect([...first, used, another]).toEqual([true, true, true, false, true]);
    expect([await isRead('a'), await isRead('d'), await isRead('b')]).toEqual([false, false, true]);
  });
});

/** The definitions of an organisation as DynamoDB shows them while transactions change them: item by item. */
const aTable = (pause: () => Promise<unknown>) => {
  const revisions = new Map<number, number>([
    [0, 0],
    [1, 0],
  ]);
  let version = 0;
  /** By definition, the last change that was confirmed to its writer. */
  const confirmed = new Map<number, number>();
  return {
    confirmed,
    /** Changes one definition and the version; neither order in which they become visible is certain. */
    async change(definition: number, isVersionFirst: boolean): Promise<void> {
      const revision = (revisions.get(definition) ?? 0) + 1;
      const by = 2 ** (definition * 8);
      const steps = [() => revisions.set(definition, revision), () => (version += by)];
      for (const step of isVersionFirst ? steps.toReversed() : steps) {
        await pause();
        step();
      }
      await pause();
      confirmed.set(definition, revision);
    },
    async version(): Promise<number> {
      await pause();
      return version;
    },
    /** A Query: each item is as it is when the Query reaches it. */
    async definitions(): Promise<Definitions> {
      const segments = [];
      let sum = 0;
      for (const definition of revisions.keys()) {
        await pause();
        const revision = revisions.get(definition) ?? 0;
        sum += revision * 2 ** (definition * 8);
        segments.push(aSegment({ id: `seg_${definition}_${revision}`, rule: ALWAYS }));
      }
      await pause();
      return { version: sum, scoring: DEFAULT_SCORING, segments };
    },
  };
};

it('contain every change that was confirmed before a call, however calls and changes are interleaved', async () => {
  const action = fc.record({
    isCall: fc.boolean(),
    definition: fc.constantFrom(0, 1),
    isVersionFirst: fc.boolean(),
  });
  const lanes = fc.array(fc.array(action, { maxLength: 6 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), lanes, async (scheduler, all) => {
      const table = aTable(() => scheduler.schedule(Promise.resolve()));
      const computeOf = createComputeOf(table, () => NOW);
      // A definition is changed by one transaction at a time, as its revision demands.
      const changing = new Map<number, Promise<void>>();
      const run = async ({ isCall, definition, isVersionFirst }: (typeof all)[number][number]) => {
        if (!isCall) {
          const change = (changing.get(definition) ?? Promise.resolve()).then(() =>
            table.change(definition, isVersionFirst),
          );
          changing.set(definition, change);
          return change;
        }
        const least = new Map(table.confirmed);
        const segments = await segmentsOf(await computeOf(ORG, budgetOf(10_000)));
        for (const [changed, revision] of least) {
          const seen = segments.find((id) => id.startsWith(`seg_${changed}_`))?.split('_')[2];
          expect(Number(seen)).toBeGreaterThanOrEqual(revision);
        }
      };
      const running = Promise.all(
        all.map(async (lane) => {
          for (const each of lane) await run(each);
        }),
      );

      await scheduler.waitFor(running);
    }),
  );
});
