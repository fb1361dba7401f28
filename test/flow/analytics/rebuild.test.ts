import type { DynamoDBRecord } from 'aws-lambda';
import fc from 'fast-check';
import { createPartBuilder } from '#shared/analytics/counted-part.ts';
import { MAX_REBUILD_MS } from '#shared/analytics/generations.ts';
import { budgetOf } from '#shared/aws/retry.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { anyEventOf, CONTACTS } from '#test/support/analytics-arbitraries.ts';
import { type AnalyticsWorld, newAnalyticsWorld } from '#test/support/analytics-world.ts';
import { seededRandom } from '#test/support/fault-proxy.ts';
import { listing, rebuild } from '#test/support/rebuild-world.ts';
import { rowsOf, tableName } from '#test/support/tables.ts';

const sample = (contactIds: readonly string[], numRuns: number, seed: number) =>
  fc.sample(anyEventOf(contactIds), { numRuns, seed });

/** Delivers all records, in batches. */
const deliverAll = async (world: AnalyticsWorld, records: readonly DynamoDBRecord[]): Promise<void> => {
  for (let at = 0; at < records.length; at += 50) await world.deliver(records.slice(at, at + 50));
};

/** The rows of an organisation's charts in a generation. */
const chartRows = async (world: AnalyticsWorld, generation: number): Promise<string[]> =>
  (await rowsOf(world, tableName(OUTPUT.rollupsTable))).filter((row) =>
    row.includes(`"${world.orgId}#${generation}#`),
  );

const dies = () => Object.assign(new Error('The rebuild dies'), { $fault: 'client' });

describe('a rebuild', () => {
  it('agrees with the table and with the previous counts, and removes the previous generation', async () => {
    const world = await newAnalyticsWorld();
    await deliverAll(world, await world.store(sample(CONTACTS, 200, 1)));
    const before = await world.charts();
    const previousRows = await chartRows(world, 0);

    expect(await rebuild(world)).toBe('completed');

    expect(await world.rollups.generations(world.orgId)).toMatchObject({ current: 1, building: undefined });
    expect(await world.charts()).toEqual(before);
    expect(previousRows).not.toEqual([]);
    expect(await chartRows(world, 0)).toEqual([]);
    expect(await chartRows(world, 1)).not.toEqual([]);
  });

  it('corrects wrong counts', async () => {
    const world = await newAnalyticsWorld();
    const records = await world.store(sample(CONTACTS, 60, 2));
    const duplicates = records.map((record) => ({ ...record, eventID: `${record.eventID}, and another` }));
    await deliverAll(world, [...records, ...duplicates]);
    expect(await world.charts()).not.toEqual(world.expected());

    await rebuild(world);
    await rebuild(world);

    expect(await world.charts()).toEqual(world.expected());
  });

  it('counts events whose records the stream lost, and finds their names', async () => {
    const world = await newAnalyticsWorld();
    await world.store(sample(CONTACTS, 60, 9));

    await rebuild(world);

    expect((await world.charts()).track.totals).not.toEqual({});
    expect(await world.charts()).toEqual(world.expected());
  });

  it('counts events once that are stored before it and delivered after it', async () => {
    const world = await newAnalyticsWorld();
    const records = await world.store(sample(CONTACTS, 60, 3));

    await rebuild(world);
    await deliverAll(world, records);

    expect(await world.charts()).toEqual(world.expected());
  });

  it('agrees with the table despite concurrent imports and deliveries, deaths, and duplicate chunks', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const random = seededRandom(seed);
        const world = await newAnalyticsWorld();
        const undelivered: DynamoDBRecord[] = [];
        const delivered: DynamoDBRecord[] = [];
        const known = new Set(CONTACTS.slice(0, 3));
        const store = async (contactIds: readonly string[], count: number) => {
          const events = sample(contactIds, count, Math.floor(random() * 2 ** 31));
          for (const { contactId } of events) known.add(contactId);
          undelivered.push(...(await world.store(events)));
        };
        /** A batch of old and new records. */
        const deliver = async () => {
          const fresh = undelivered.splice(0, 1 + Math.floor(random() * 8));
          const again = delivered.slice(Math.floor(random() * delivered.length)).slice(0, 4);
          await world.deliver([...again, ...fresh]);
          delivered.push(...fresh);
        };
        const happens = async () => {
          if (random() < 0.1) await store(CONTACTS, 2);
          if (random() < 0.2) await deliver();
        };
        const mayDie = async () => {
          await happens();
          if (random() < 0.02) throw dies();
        };
        await store(CONTACTS.slice(0, 3), 30);
        while (undelivered.length > 15) await deliver();

        const contacts = listing(() => [...known]);
        const begun: Promise<void>[] = [];
        const options = { contacts, deliveries: 2, onDelivery: (each: Promise<void>) => begun.push(each) };
        await rebuild(world, { ...options, happens: mayDie });
        await rebuild(world, { ...options, happens });
        await Promise.allSettled(begun);
        await deliverAll(world, [...undelivered, ...delivered]);

        expect(await world.charts()).toEqual(world.expected());
        expect((await world.rollups.generations(world.orgId)).current).toBeGreaterThan(0);
      }),
      { numRuns: 6 },
    );
  }, 180_000);

  it('misses no contact that is created after the contacts were listed', async () => {
    const world = await newAnalyticsWorld();
    await deliverAll(world, await world.store(sample(CONTACTS.slice(0, 3), 20, 6)));
    const newcomers = CONTACTS.slice(3);
    const records: DynamoDBRecord[] = [];
    const happens = async () => {
      if ((await world.rollups.generations(world.orgId)).building === undefined) return;
      const newcomer = newcomers.pop();
      if (newcomer === undefined) return;
      records.push(...(await world.store(sample([newcomer], 10, newcomers.length))));
      if (newcomers.length > 0) await world.deliver(records);
    };

    await rebuild(world, { contacts: listing(() => CONTACTS.slice(0, 3)), happens });
    await deliverAll(world, records);

    expect(newcomers).toEqual([]);
    expect(await world.charts()).toEqual(world.expected());
  });

  it('blocks no consumer after it has died, and is abandoned after days', async () => {
    const world = await newAnalyticsWorld();
    const records = await world.store(sample(CONTACTS, 40, 4));
    let calls = 0;
    const happens = async () => {
      calls += 1;
      if (calls > 25) throw dies();
    };
    await expect(rebuild(world, { happens })).rejects.toThrow('dies');
    const building = async () => (await world.rollups.generations(world.orgId)).building;
    expect(await building()).toMatchObject({ generation: 1 });

    await world.deliver(records.slice(20), { once: true });
    const afterDeath = await building();
    await world.deliver(records, { now: () => Date.now() + MAX_REBUILD_MS });

    expect(afterDeath).toMatchObject({ generation: 1 });
    expect(await world.rollups.generations(world.orgId)).toMatchObject({ building: undefined, current: 0 });
    expect(await world.charts()).toEqual(world.expected());
  });

  it('fails if another rebuild begins after it', async () => {
    const world = await newAnalyticsWorld();
    await deliverAll(world, await world.store(sample(CONTACTS, 40, 5)));
    let calls = 0;
    const happens = async () => {
      calls += 1;
      if (calls === 30) await rebuild(world);
    };

    expect(await rebuild(world, { happens })).toBe('failed');

    expect(await world.rollups.generations(world.orgId)).toMatchObject({ building: undefined, current: 2 });
    expect(await world.charts()).toEqual(world.expected());
  });

  it('changes nothing if one contact cannot be read, and removes its own rows', async () => {
    const world = await newAnalyticsWorld();
    await deliverAll(world, await world.store(sample(CONTACTS, 40, 7)));
    const broken = {
      ...world,
      events: {
        ...world.events,
        history: (...args: Parameters<typeof world.events.history>) => {
          if (args[1].includes(CONTACTS[0] as string)) throw dies();
          return world.events.history(...args);
        },
      },
    };
    const before = await world.charts();
    const late = await world.store(sample(CONTACTS, 10, 8));
    let isLate = false;
    const happens = async () => {
      if (isLate) return;
      isLate = true;
      await world.deliver(late);
    };

    expect(await rebuild(broken, { happens })).toBe('failed');

    expect(before).not.toEqual(world.expected());
    expect(await world.charts()).toEqual(world.expected());
    expect(await world.rollups.generations(world.orgId)).toMatchObject({ building: undefined, current: 0 });
    expect(await chartRows(world, 1)).toEqual([]);
  });

  it('stores more events of a contact than fit into one item', async () => {
    const world = await newAnalyticsWorld();
    const [contactId] = CONTACTS as [string];
    const ref = { orgId: world.orgId, generation: 1, contactId };
    const event = (nth: number) => `2025-01-01T00:00:00.000Z#e${String(nth).padStart(16, '0')}`;
    const budget = budgetOf(20_000);
    const builder = createPartBuilder();
    let parts = 0;
    for (let nth = 0; nth < 70_000; nth++) {
      const full = builder.add({ sk: event(nth), kind: 'email', type: 'opened', occurredAt: nth });
      if (full === undefined) continue;
      parts += 1;
      await world.countedStore.putPart(ref, 'an attempt', parts, full, budget);
    }

    await world.countedStore.finish(ref, 'an attempt', parts, builder.rest(), budget);
    await world.countedStore.finish(ref, 'another', 0, createPartBuilder().rest(), budget);
    const counted = (await world.countedStore.counted(world.orgId, 1, [contactId], budget)).get(contactId);

    expect(parts).toBe(2);
    expect([0, 32_767, 32_768, 69_999].map((nth) => counted?.(event(nth)))).toEqual([true, true, true, true]);
    expect(counted?.(event(70_000))).toBe(false);
  });
});
