import fc from 'fast-check';
import { identityIdOf } from '#shared/identities/contact-id.ts';
import type { Identity } from '#shared/identities/identity.ts';
import type { LinkStore } from '#shared/linking/link-store.ts';
import { createLinker } from '#shared/linking/linker.ts';
import { aBudget, anAwsError, NOW, ORG } from '#test/support/builders.ts';
import { newLinkTables } from '#test/support/link-tables.ts';
import { aMessage, aState } from '#test/support/linking.ts';

const emails = (count: number) =>
  Array.from({ length: count }, (_, nth) => aMessage({ email: `person-${nth}@example.com` }));

const EMAIL: Identity = { namespace: 'email', value: 'person-0@example.com' };
const USER: Identity = { namespace: 'userId', value: 'u-1' };

type Results = Awaited<ReturnType<LinkStore['commit']>>;

/** A linker over tables in memory, whose commits a test may change. */
const aStage = (intercept: (nth: number, results: Results) => Results = (_, results) => results) => {
  const tables = newLinkTables();
  const commits: { readonly units: number; readonly together: number }[] = [];
  let retries = 0;
  const link = createLinker({
    read: tables.store.read,
    commit: async (orgId, units, together, ...rest) => {
      commits.push({ units: units.length, together });
      const nth = commits.length;
      const allowed = intercept(
        nth,
        units.map(() => 'written'),
      );
      const written = await tables.store.commit(
        orgId,
        units.filter((_, at) => allowed[at] === 'written'),
        together,
        ...rest,
      );
      const left = [...written];
      return allowed.map((result) => (result === 'written' ? left.shift() : result));
    },
  });
  const budget = aBudget();
  const options = {
    now: NOW,
    budget,
    onRetry: () => {
      retries += 1;
    },
  };
  return {
    ...tables,
    commits,
    budget,
    retries: () => retries,
    link: (...messages: Parameters<typeof link>[1]) => link(ORG, messages, options),
  };
};

describe('a linker whose store refuses units', () => {
  it('tries only these again, in smaller transactions, and at last each alone', async () => {
    const { link, commits, budget, retries } = aStage((nth, results) =>
      results.map((result, at) => (nth <= 3 && at % 2 === 0 ? 'refused' : result)),
    );

    const { outcomes } = await link(...emails(8));

    expect(commits).toEqual([
      { units: 8, together: 100 },
      { units: 4, together: 20 },
      { units: 2, together: 1 },
      { units: 1, together: 1 },
    ]);
    expect(outcomes.every((outcome) => outcome?.kind === 'stored' && outcome.created)).toBe(true);
    expect([budget.pauses.length, retries()]).toEqual([3, 3]);
  });

  it('stops at the deadline, and reports what is not stored', async () => {
    const { link, contacts } = aStage((_, results) =>
      results.map((result, at) => (at === 0 ? 'refused' : result)),
    );

    const { outcomes } = await link(...emails(3));

    expect(outcomes.map((outcome) => outcome?.kind)).toEqual([undefined, 'stored', 'stored']);
    expect(contacts()).toHaveLength(2);
  });

  it('does not try again what ran out of time', async () => {
    const { link, commits } = aStage((_, results) =>
      results.map((result, at) => (at === 1 ? undefined : result)),
    );

    const { outcomes } = await link(...emails(3));

    expect(outcomes.map((outcome) => outcome?.kind)).toEqual(['stored', undefined, 'stored']);
    expect(commits).toHaveLength(1);
  });

  it('gives every message exactly one outcome, and creates every contact once', async () => {
    const result = fc.constantFrom('written', 'written', 'refused', undefined);
    const names = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(names, fc.array(result, { minLength: 7, maxLength: 7 }), async (list, verdicts) => {
        const { link, contacts } = aStage((nth, results) =>
          // From the fourth time on, nothing is refused any more.
          results.map((written, at) => (nth > 3 ? written : verdicts[(nth + at) % verdicts.length])),
        );
        const messages = list.map((nth) => aMessage({ email: `person-${nth}@example.com` }));

        const first = await link(...messages);
        const second = await link(...messages);

        const created = [...first.outcomes, ...second.outcomes].filter(
          (outcome) => outcome?.kind === 'stored' && outcome.created,
        );
        expect(first.outcomes).toHaveLength(list.length);
        expect(created).toHaveLength(contacts().length);
        for (const [at, nth] of list.entries()) {
          const isStored = contacts().some(({ identities }) =>
            [...identities.values()].some(({ value }) => value === `person-${nth}@example.com`),
          );
          if (first.outcomes[at] !== undefined) expect(isStored).toBe(true);
        }
      }),
    );
  });
});

describe('a linker beside others', () => {
  it('applies a message to what another call has made of its contact in between', async () => {
    let others: (() => Promise<unknown>) | undefined;
    const tables = newLinkTables(async (operation, when) => {
      const race = others;
      if (operation !== 'TransactWriteItems' || when !== 'before') return;
      others = undefined;
      await race?.();
    });
    tables.add(aState([EMAIL], { attributes: { plan: '"pro"' } }), aState([USER]));
    const link = createLinker(tables.store);
    const options = { now: NOW, budget: aBudget() };
    // While the first is writing, the second makes its contact one with another.
    others = () => link(ORG, [aMessage({ email: EMAIL.value, userId: USER.value })], options);

    const { outcomes } = await link(
      ORG,
      [aMessage({ email: EMAIL.value }, { attributes: new Map([['age', '1']]) })],
      options,
    );

    const [contact, ...more] = tables.contacts();
    expect(more).toEqual([]);
    expect(outcomes).toMatchObject([{ kind: 'stored', contactId: contact?.contactId, created: false }]);
    expect([...(contact?.attributes.keys() ?? [])].toSorted()).toEqual(['age', 'plan']);
  });

  it('keeps what another call makes of a contact while its identities are read, some before and some after', async () => {
    let calls = 0;
    let other: (() => Promise<unknown>) | undefined;
    const tables = newLinkTables(async (operation, when) => {
      if (operation !== 'BatchGetItem' || when !== 'before') return;
      calls += 1;
      // The second hundred of identities is read after the other call.
      const race = calls === 2 ? other : undefined;
      other = race === undefined ? other : undefined;
      await race?.();
    });
    const link = createLinker(tables.store);
    const options = { now: NOW, budget: aBudget() };
    const phone = '+12133734253';
    other = async () => {
      await link(ORG, [aMessage({ userId: USER.value })], options);
      await link(ORG, [aMessage({ userId: USER.value, email: 'late@example.com', phone })], options);
    };

    await link(
      ORG,
      [
        aMessage({ userId: USER.value }),
        ...emails(110),
        aMessage({ userId: USER.value, email: 'late@example.com' }, { attributes: new Map([['age', '1']]) }),
      ],
      options,
    );

    const contact = tables.contacts().find(({ contactId }) => contactId === identityIdOf(ORG, USER));
    expect([...(contact?.identities.values() ?? [])].map(({ value }) => value)).toEqual([
      USER.value,
      'late@example.com',
      phone,
    ]);
  });

  it('knows an identity that another call links to a contact between the reads of both', async () => {
    let reads = 0;
    let other: (() => Promise<unknown>) | undefined;
    const tables = newLinkTables(async (operation, when) => {
      if (operation !== 'BatchGetItem' || when !== 'before') return;
      reads += 1;
      // The contact has been read, and its new identity has not been looked up yet.
      const race = reads === 2 ? other : undefined;
      other = race === undefined ? other : undefined;
      await race?.();
    });
    const link = createLinker(tables.store);
    const options = { now: NOW, budget: aBudget() };
    const message = aMessage({ phone: '+12133734253', anonymousId: 'a-1' });
    await link(ORG, [aMessage({ phone: '+12133734253' })], options);
    reads = 0;
    other = () => link(ORG, [message], options);

    const { outcomes } = await link(ORG, [message], options);

    expect(other).toBeUndefined();
    expect(outcomes).toMatchObject([{ kind: 'stored', created: false, notLinked: [] }]);
    expect(tables.contacts().map(({ identities }) => identities.size)).toEqual([2]);
  });

  it('creates a contact once if two calls do at the same time', async () => {
    const tables = newLinkTables(() => new Promise((resolve) => setImmediate(resolve)));
    const link = createLinker(tables.store);
    const options = { now: NOW, budget: aBudget() };
    const message = aMessage({ email: EMAIL.value });

    const both = await Promise.all([link(ORG, [message], options), link(ORG, [message], options)]);

    const created = both.map(({ outcomes: [outcome] }) => outcome?.kind === 'stored' && outcome.created);
    expect(created.toSorted()).toEqual([false, true]);
    expect(tables.contacts()).toHaveLength(1);
  });

  it('writes once if the answer to its transaction is lost', async () => {
    let isLost = false;
    const tables = newLinkTables((operation, when) => {
      if (operation !== 'TransactWriteItems' || when !== 'after' || isLost) return;
      isLost = true;
      throw anAwsError('InternalServerError', 500);
    });
    const link = createLinker(tables.store);

    const { outcomes } = await link(ORG, [aMessage({ email: EMAIL.value })], { now: NOW, budget: aBudget() });

    expect(outcomes).toMatchObject([{ kind: 'stored' }]);
    expect(tables.contacts()).toHaveLength(1);
  });
});
