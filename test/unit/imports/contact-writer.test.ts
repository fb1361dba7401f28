import fc from 'fast-check';
import type { Contact } from '#shared/contacts/contact-item.ts';
import { type ContactWriterDeps, createContactWriter } from '#shared/imports/contact-writer.ts';
import { OutOfTimeError } from '#shared/time/out-of-time.ts';
import { aBudget, foundOf, NOW, ORG } from '#test/support/builders.ts';
import { aContact, someIds } from '#test/support/refresh-world.ts';

/** The faults of an import. */
interface Trouble {
  /** The call at which its time is up: that call writes only half of its items, and later calls write nothing. */
  readonly endsAt: number | undefined;
  /** Whether the answers of inserts are lost, so that the inserts are executed twice. */
  readonly losesAnswers: boolean;
}

const NO_TROUBLE: Trouble = { endsAt: undefined, losesAnswers: false };

/** The three tables, and the changes that were reported as stored. */
const aWorld = () => {
  const contacts = new Map<string, Contact>();
  const versions = new Map<string, number>();
  const identities = new Set<string>();
  const reported = new Set<string>();

  /** @param step - runs before each call is executed */
  const depsOf = (step: () => Promise<unknown>, { endsAt, losesAnswers }: Trouble): ContactWriterDeps => {
    let calls = 0;
    /** The number of items, of `count`, that a call processes. */
    const done = async (count: number): Promise<number> => {
      await step();
      calls += 1;
      if (endsAt === undefined || calls < endsAt) return count;
      return calls === endsAt ? Math.floor(count / 2) : 0;
    };
    const read = async (): Promise<void> => {
      if ((await done(1)) === 0) throw new OutOfTimeError('Too slow');
    };
    return {
      identities: {
        find: async (_orgId, ids) => {
          await read();
          return foundOf([...(ids as readonly string[])].filter((id) => identities.has(id)));
        },
        put: async (_orgId, ids) => {
          const stored = ids.slice(0, await done(ids.length));
          for (const id of stored) {
            expect([contacts.has(id), versions.has(id)]).toEqual([true, true]);
            identities.add(id);
          }
          return new Set(stored);
        },
      },
      contacts: {
        getMany: async (_orgId, ids) => {
          await read();
          return [...ids].flatMap((id) => contacts.get(id) ?? []);
        },
        insert: async (_orgId, entries, { importId }) => {
          const inserted: string[] = [];
          const existed: string[] = [];
          for (const [contactId, entry] of [...entries].slice(0, await done(entries.size))) {
            const exists = contacts.has(contactId);
            (exists || losesAnswers ? existed : inserted).push(contactId);
            const { attributes = new Map() } = entry;
            if (!exists) contacts.set(contactId, aContact({ contactId, attributes, createdBy: importId }));
          }
          return { inserted, existed, tooLarge: [] };
        },
        merge: async (_orgId, { contactId }, { attributes = new Map() }) => {
          await read();
          const stored = contacts.get(contactId) as Contact;
          const merged = new Map([...stored.attributes, ...attributes]);
          contacts.set(contactId, { ...stored, attributes: merged });
          return 'merged';
        },
      },
      standings: {
        begin: async (_orgId, ids) => {
          const begun = ids.slice(0, await done(ids.length));
          for (const id of begun) if (!versions.has(id)) versions.set(id, 0);
          return new Set(begun);
        },
      },
    };
  };

  /** Imports all contacts with an attribute of this import. @returns the contacts that it reports as created */
  const importAll = async (nth: number, step: () => Promise<unknown>, trouble: Trouble) => {
    const entries = new Map(
      IDS.map((id) => [id, { email: id, attributes: new Map([[`import${nth}`, 'true']]) }]),
    );
    const writer = createContactWriter(depsOf(step, trouble));
    const outcomes = await writer.upsert(ORG, entries, { importId: `imp_${nth}`, now: NOW }, OPTIONS);
    const created: string[] = [];
    for (const [id, outcome] of outcomes) {
      expect(identities.has(id)).toBe(true);
      expect(contacts.get(id)?.attributes.get(`import${nth}`)).toBe('true');
      reported.add(`${id} import${nth}`);
      if (outcome.kind === 'stored' && outcome.created) created.push(id);
    }
    return { outcomes, created };
  };

  return { contacts, versions, identities, reported, importAll };
};

/** More contacts than fit into two groups. */
const IDS = someIds(60);
const OPTIONS = { budget: aBudget() };
const atOnce = async (): Promise<void> => {};

const troubles = fc.record({
  endsAt: fc.option(fc.integer({ min: 1, max: 14 }), { nil: undefined }),
  losesAnswers: fc.boolean(),
});

describe('writing contacts', () => {
  it('creates each contact once and completely, however imports race, are interrupted and overlap refreshes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(troubles, { minLength: 1, maxLength: 4 }),
        async (scheduler, imports) => {
          const world = aWorld();
          const refreshed = new Map<string, number>();
          const refresh = async (): Promise<void> => {
            for (let round = 0; round < 4; round++) {
              await scheduler.schedule(Promise.resolve());
              for (const [id, version] of world.versions) {
                world.versions.set(id, version + 1);
                refreshed.set(id, version + 1);
              }
            }
          };
          const step = () => scheduler.schedule(Promise.resolve());

          const [racing] = await scheduler.waitFor(
            Promise.all([
              Promise.all(imports.map((trouble, nth) => world.importAll(nth, step, trouble))),
              refresh(),
            ]),
          );
          const last = await world.importAll(imports.length, atOnce, NO_TROUBLE);

          const created = [...racing, last].flatMap((each) => each.created);
          expect(new Set(created).size).toBe(created.length);
          expect([...last.outcomes.keys()].toSorted()).toEqual(IDS);
          expect([...world.identities].toSorted()).toEqual(IDS);
          for (const [id, version] of refreshed) expect(world.versions.get(id)).toBe(version);
          for (const each of world.reported) {
            const [id = '', attribute = ''] = each.split(' ');
            expect(world.contacts.get(id)?.attributes.has(attribute)).toBe(true);
          }
        },
      ),
      { numRuns: 60 },
    );
  }, 30_000);

  it.each([
    ['a contact without a standing', false],
    ['a contact with a standing, but without an identity', true],
  ])('completes %s, left by an interrupted import, as an update', async (_case, begun) => {
    const world = aWorld();
    for (const contactId of IDS) {
      world.contacts.set(contactId, aContact({ contactId, attributes: new Map([['old', '1']]) }));
      if (begun) world.versions.set(contactId, 7);
    }

    const { outcomes, created } = await world.importAll(0, atOnce, NO_TROUBLE);

    expect(created).toEqual([]);
    expect(outcomes.size).toBe(IDS.length);
    expect(world.identities.size).toBe(IDS.length);
    expect(new Set(world.versions.values())).toEqual(new Set([begun ? 7 : 0]));
    expect([...(world.contacts.get(IDS[0] as string)?.attributes.keys() ?? [])]).toEqual(['old', 'import0']);
  });

  it('reports contacts as created that an attempt with a lost answer has inserted', async () => {
    const { created } = await aWorld().importAll(0, atOnce, { endsAt: undefined, losesAnswers: true });

    expect(created.toSorted()).toEqual(IDS);
  });

  it('reads only existing contacts, and each once', async () => {
    const world = aWorld();
    await world.importAll(0, atOnce, NO_TROUBLE);
    let calls = 0;
    const step = async (): Promise<void> => {
      calls += 1;
    };

    const { created } = await world.importAll(1, step, NO_TROUBLE);

    expect(created).toEqual([]);
    // The look-up, the read of the contacts, and an update of each.
    expect(calls).toBe(2 + IDS.length);
  });
});
