import type { DynamoDBRecord } from 'aws-lambda';
import fc from 'fast-check';
import { type RebuildDeps, RebuildLostError, rebuildAnalytics } from '#shared/analytics/rebuild.ts';
import { createRebuildStore } from '#shared/analytics/rebuild-store.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { createEventReader } from '#shared/events/event-store.ts';
import { createIdentityStore } from '#shared/identities/identity-store.ts';
import { shardOfContact } from '#shared/identities/shards.ts';
import { countedTotals, storedEvents, totalsOf, untilCounted } from '#test/support/analytics.ts';
import { anyEventOf, CONTACTS } from '#test/support/analytics-arbitraries.ts';
import { type AnalyticsWorld, newAnalyticsWorld } from '#test/support/analytics-world.ts';
import { seededRandom } from '#test/support/fault-proxy.ts';
import { EVENT_IMPORTS, importEntries, newOrgWith } from '#test/support/imports.ts';
import { rowsOf, stackDynamo, tableName } from '#test/support/tables.ts';

/** A list of contacts. */
const listing = (contactIds: () => readonly string[]): RebuildDeps['contacts'] => ({
  idsOfShard: async (_orgId, shard) => ({
    ids: contactIds().filter((contactId) => shardOfContact(contactId) === shard),
    next: undefined,
  }),
});

/** What a rebuild works with, with something that goes on before and after each of its steps. */
const meanwhile = (
  { rebuilds, events }: AnalyticsWorld,
  contacts: RebuildDeps['contacts'],
  happens: () => Promise<void>,
): RebuildDeps => {
  const between =
    <A extends unknown[], R>(step: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      await happens();
      const result = await step(...args);
      await happens();
      return result;
    };
  const { change, begin, finish, wanted, put, remove } = rebuilds;
  return {
    now: Date.now,
    contacts: { idsOfShard: between(contacts.idsOfShard) },
    events: {
      async *history(orgId, contactId, options) {
        await happens();
        for await (const page of events.history(orgId, contactId, options)) {
          yield page;
          await happens();
        }
      },
    },
    rebuilds: {
      ...rebuilds,
      change: between(change),
      begin: between(begin),
      finish: between(finish),
      wanted: between(wanted),
      put: between(put),
      remove: between(remove),
    },
  };
};

/** Delivers what is left until all went through. */
const deliverAll = async (world: AnalyticsWorld, records: readonly DynamoDBRecord[]): Promise<void> => {
  for (let at = 0; at < records.length; at += 50) await world.deliver(records.slice(at, at + 50));
};

describe('a rebuild', () => {
  it('agrees with the table and with what was counted before, and leaves nothing of it', async () => {
    const world = await newAnalyticsWorld();
    await deliverAll(world, await world.store(fc.sample(anyEventOf(CONTACTS), { numRuns: 200, seed: 1 })));
    const before = await world.counted();

    const rebuilt = await rebuildAnalytics(
      { now: Date.now, ...world, contacts: listing(() => CONTACTS) },
      world.orgId,
    );

    expect(rebuilt).toMatchObject({ generation: 1, contacts: CONTACTS.length });
    expect(await world.counted()).toEqual(before);
    const rows = await rowsOf(world, tableName(OUTPUT.rollupsTable));
    expect(rows.filter((row) => row.includes(`"${world.orgId}#0#`))).toEqual([]);
  });

  it('mends counts that are wrong', async () => {
    const world = await newAnalyticsWorld();
    const records = await world.store(fc.sample(anyEventOf(CONTACTS), { numRuns: 60, seed: 2 }));
    const strange = records.map((record) => ({ ...record, eventID: `${record.eventID}, and another` }));
    await deliverAll(world, [...records, ...strange]);
    expect(await world.counted()).not.toEqual(world.expected());

    const deps = { now: Date.now, ...world, contacts: listing(() => CONTACTS) };
    await rebuildAnalytics(deps, world.orgId);
    await rebuildAnalytics(deps, world.orgId);

    expect(await world.counted()).toEqual(world.expected());
  });

  it('counts once what was stored before it and is delivered after it', async () => {
    const world = await newAnalyticsWorld();
    const records = await world.store(fc.sample(anyEventOf(CONTACTS), { numRuns: 60, seed: 3 }));

    await rebuildAnalytics({ now: Date.now, ...world, contacts: listing(() => CONTACTS) }, world.orgId);
    await deliverAll(world, records);

    expect(await world.counted()).toEqual(world.expected());
  });

  it('agrees with the table whatever is imported and delivered meanwhile, and wherever others die', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const random = seededRandom(seed);
        const world = await newAnalyticsWorld();
        const old = CONTACTS.slice(0, 3);
        const undelivered: DynamoDBRecord[] = [];
        const delivered: DynamoDBRecord[] = [];
        const known = new Set<string>();
        const store = async (contactIds: readonly string[], count: number) => {
          const events = fc.sample(anyEventOf(contactIds), {
            numRuns: count,
            seed: Math.floor(random() * 2 ** 31),
          });
          for (const { contactId } of events) known.add(contactId);
          undelivered.push(...(await world.store(events)));
        };
        /** A batch of old and new records; one that must wait for the rebuild comes again later. */
        const deliver = async () => {
          const fresh = undelivered.splice(0, 1 + Math.floor(random() * 8));
          const again = delivered.slice(Math.floor(random() * delivered.length)).slice(0, 4);
          try {
            await world.deliver([...again, ...fresh], { once: true });
            delivered.push(...fresh);
          } catch {
            undelivered.push(...fresh);
          }
        };
        const happens = async () => {
          if (random() < 0.15) await store(CONTACTS, 2);
          if (random() < 0.3) await deliver();
        };
        const dies = async () => {
          await happens();
          if (random() < 0.05) throw Object.assign(new Error('the rebuild dies'), { $fault: 'client' });
        };
        // Contacts from before a rebuild are listed, newer ones or not, by when their shard is read.
        const contacts = () => {
          const before = new Set(known);
          return listing(() => CONTACTS.filter((contactId) => before.has(contactId) || random() < 0.3));
        };
        await store(old, 30);
        while (undelivered.length > 15) await deliver();

        await rebuildAnalytics(meanwhile(world, contacts(), dies), world.orgId).catch(() => {});
        await rebuildAnalytics(meanwhile(world, contacts(), happens), world.orgId);
        await deliverAll(world, [...undelivered, ...delivered]);

        expect(await world.counted()).toEqual(world.expected());
      }),
      { numRuns: 8 },
    );
  }, 180_000);

  it('misses no contact that appears just after it has asked for new ones', async () => {
    const world = await newAnalyticsWorld();
    await deliverAll(
      world,
      await world.store(fc.sample(anyEventOf(CONTACTS.slice(0, 3)), { numRuns: 20, seed: 6 })),
    );
    const newcomers = CONTACTS.slice(3);
    const late: DynamoDBRecord[] = [];
    const wanted = async (...args: Parameters<typeof world.rebuilds.wanted>) => {
      const answer = await world.rebuilds.wanted(...args);
      const appearing = fc.sample(anyEventOf([newcomers.pop() as string]), {
        numRuns: 10,
        seed: newcomers.length,
      });
      const records = await world.store(appearing);
      late.push(...records);
      await world.deliver(records, { once: true }).catch(() => {});
      return answer;
    };
    const deps = { now: Date.now, ...world, contacts: listing(() => CONTACTS.slice(0, 3)) };

    await rebuildAnalytics({ ...deps, rebuilds: { ...world.rebuilds, wanted } }, world.orgId);
    await deliverAll(world, late);

    expect(newcomers).toHaveLength(1);
    expect(await world.counted()).toEqual(world.expected());
  });

  it('holds nobody up after it has died', async () => {
    const world = await newAnalyticsWorld();
    const first = await world.store(fc.sample(anyEventOf(CONTACTS), { numRuns: 40, seed: 4 }));
    let steps = 0;
    const dies = async () => {
      steps += 1;
      if (steps > 25) throw Object.assign(new Error('the rebuild dies'), { $fault: 'client' });
    };
    const contacts = listing(() => CONTACTS);
    await expect(rebuildAnalytics(meanwhile(world, contacts, dies), world.orgId)).rejects.toThrow('dies');
    expect((await world.rollups.generations(world.orgId)).building).toBe(1);
    const later = () => Date.now() + 180_000;

    await world.deliver(first, { now: later });

    expect(await world.rollups.generations(world.orgId)).toMatchObject({ building: undefined, current: 0 });
    expect(await world.counted()).toEqual(world.expected());
  });

  it('gives way to one that begins after it', async () => {
    const world = await newAnalyticsWorld();
    await deliverAll(world, await world.store(fc.sample(anyEventOf(CONTACTS), { numRuns: 40, seed: 5 })));
    const contacts = listing(() => CONTACTS);
    const plain = { now: Date.now, ...world, contacts };
    let steps = 0;
    const overtaken = async () => {
      steps += 1;
      if (steps === 30) await rebuildAnalytics(plain, world.orgId);
    };

    const lost = rebuildAnalytics(meanwhile(world, contacts, overtaken), world.orgId);

    await expect(lost).rejects.toThrow(RebuildLostError);
    expect(await world.rollups.generations(world.orgId)).toMatchObject({ building: undefined, current: 2 });
    expect(await world.counted()).toEqual(world.expected());
  });

  it('keeps more events of a contact than one item holds', async () => {
    const world = await newAnalyticsWorld();
    const [contactId] = CONTACTS as [string];
    const event = (nth: number) => `2025-01-01T00:00:00.000Z#e${String(nth).padStart(16, '0')}`;
    const sks = Array.from({ length: 70_000 }, (_, nth) => event(nth));
    const budget = {
      deadline: Date.now() + 20_000,
      now: Date.now,
      random: Math.random,
      sleep: async () => {},
    };

    await world.rebuilds.finish(world.orgId, 1, contactId, sks, budget);
    const reading = (await world.rebuilds.readings(world.orgId, 1, [contactId], budget)).get(contactId);

    const counted = (sk: string) => reading?.kind === 'done' && reading.counted(sk);
    expect([0, 32_767, 32_768, 69_999].map((nth) => counted(event(nth)))).toEqual([true, true, true, true]);
    expect(counted(event(70_000))).toBe(false);
  });
});

describe('a rebuild of the deployed stack', () => {
  it('agrees with the table, of old and new contacts, while imports go on', async () => {
    const emails = Array.from({ length: 20 }, (_, nth) => `c${nth}@example.com`);
    const org = await newOrgWith(...emails);
    const client = stackDynamo();
    const deps: RebuildDeps = {
      now: Date.now,
      contacts: createIdentityStore(client, tableName(OUTPUT.identitiesTable)),
      events: createEventReader(client, tableName(OUTPUT.eventsTable)),
      rebuilds: createRebuildStore(client, tableName(OUTPUT.rollupsTable), Date.now),
    };
    let at = 0;
    const importSome = async () => {
      for (const shape of EVENT_IMPORTS) {
        at += 1;
        const entries = Array.from({ length: 60 }, (_, nth) =>
          shape.anEntry({
            contactEmail: emails[nth % emails.length],
            occurredAt: new Date(
              Date.parse('2024-01-01T05:00:00Z') + (at * 60 + nth) * 7_654_321,
            ).toISOString(),
            eventId: `${at}-${nth}`,
          }),
        );
        const { body } = await importEntries(org, shape, entries);
        expect(body.imported).toBe(60);
      }
    };
    await importSome();
    let over = false;
    const importing = (async () => {
      for (let round = 0; !over || round < 3; round++) {
        const email = `new-${round}@example.com`;
        await org.post('/v1/contacts/batch', { contacts: [{ email }] });
        emails.push(email);
        await importSome();
      }
    })();

    const first = await rebuildAnalytics(deps, org.orgId);
    const second = await rebuildAnalytics(deps, org.orgId);
    over = true;
    await importing;

    await untilCounted(org);
    expect([first.generation, second.generation]).toEqual([1, 2]);
    expect(await countedTotals(org)).toEqual(totalsOf(await storedEvents(org)));
  }, 90_000);
});
