import { createNameSampler } from '#shared/analytics/name-sample-store.ts';
import { aBudget, ORG, SARAH_ID } from '#test/support/builders.ts';
import { type ModelPauses, newModelTable } from '#test/support/model-table.ts';

const TABLE = 'model';
const NOVEMBER = Date.parse('2025-11-15T10:00:00Z');

/** Events of a name, each with a key of its own. */
const events = (name: string, count: number, first = 0, kind: 'track' | 'web' = 'track') =>
  Array.from({ length: count }, (_, nth) => ({
    contactId: SARAH_ID,
    sk: `2025-11-15T10:00:00.000Z#t${String(first + nth).padStart(16, '0')}`,
    kind,
    type: name,
    occurredAt: NOVEMBER,
  }));

/** A table, and the calls that are made to it. */
const aStage = (pause: ModelPauses['pause'] = async () => {}) => {
  const table = newModelTable(10);
  const calls: string[] = [];
  const client = table.client({
    pause: async (operation, when) => {
      if (when === 'before') calls.push(operation);
      await pause(operation, when);
    },
  });
  const sampler = createNameSampler(client, TABLE);
  const other = createNameSampler(table.client({ pause: async () => {} }), TABLE);
  const namesOf = async (): Promise<string[]> => {
    const samples = await other.read(ORG, 'track', ['2025-11'], aBudget());
    return samples.flatMap(({ names }) => [...names.keys()]).sort();
  };
  return { sampler, other, calls, namesOf };
};

describe('the store of samples of names', () => {
  it('stores each name of a month once, and no type of a kind without names', async () => {
    const { sampler, namesOf } = aStage();

    await sampler.offer(
      ORG,
      [...events('other', 3), ...events('__proto__', 1, 7), ...events('click', 2, 9, 'web')],
      aBudget(),
    );

    expect(await namesOf()).toEqual(['__proto__', 'other']);
  });

  it('reads and writes nothing for events that it remembers, and little for further ones of the same names', async () => {
    const { sampler, calls } = aStage();
    await sampler.offer(ORG, events('purchased', 1_000), aBudget());
    calls.length = 0;

    await sampler.offer(ORG, events('purchased', 1_000), aBudget());
    const again = calls.length;
    for (let at = 1; at <= 1_000; at++)
      await sampler.offer(ORG, events('purchased', 1, 1_000 * at), aBudget());

    expect(again).toBe(0);
    // The smallest eight of n + 1 random numbers include the last with a probability of 8 / (n + 1): 8 × ln(2) of them.
    expect(calls.filter((call) => call === 'PutItem').length).toBeLessThan(25);
  });

  it('makes no call for kinds without names', async () => {
    const { sampler, calls } = aStage();

    await sampler.offer(ORG, events('click', 100, 0, 'web'), aBudget());

    expect(calls).toEqual([]);
  });

  it('loses no name when others write the same sample in between', async () => {
    let isPending = true;
    const stage: ReturnType<typeof aStage> = aStage(async (operation, when) => {
      if (operation !== 'PutItem' || when !== 'before' || !isPending) return;
      isPending = false;
      await stage.other.offer(ORG, events('theirs', 1), aBudget());
      await stage.other.offer(ORG, events('mine', 1, 5), aBudget());
    });
    const budget = aBudget();

    await stage.sampler.offer(ORG, events('mine', 1), budget);

    expect(await stage.namesOf()).toEqual(['mine', 'theirs']);
    expect(budget.pauses).toHaveLength(1);
  });

  it('is not in conflict with itself', async () => {
    const { sampler, namesOf } = aStage();
    const budget = aBudget();

    await Promise.all(
      [0, 1, 2, 3].map((nth) => sampler.offer(ORG, events('purchased', 10, 10 * nth), budget)),
    );

    expect(await namesOf()).toEqual(['purchased']);
    expect(budget.pauses).toEqual([]);
  });

  it('gives up at the deadline', async () => {
    let number = 0;
    const stage: ReturnType<typeof aStage> = aStage(async (operation, when) => {
      if (operation !== 'PutItem' || when !== 'before') return;
      number += 100;
      const fresh = Array.from({ length: 40 }, (_, nth) => events(`mine ${number}`, 1, number + nth)).flat();
      await stage.other.offer(
        ORG,
        fresh.map((event) => ({ ...event, type: 'mine' })),
        aBudget(),
      );
    });

    const offering = stage.sampler.offer(ORG, events('mine', 8, 1_000_000), aBudget(0));

    await expect(offering).rejects.toThrow('in time');
  });
});
