import fc from 'fast-check';
import type { ContactState } from '#shared/contacts/contact-state.ts';
import { identityIdOf } from '#shared/identities/contact-id.ts';
import type { Identity, Namespace } from '#shared/identities/identity.ts';
import { createLinker } from '#shared/linking/linker.ts';
import { createMerge } from '#shared/linking/merge.ts';
import { aBudget, NOW, ORG } from '#test/support/builders.ts';
import { newLinkTables } from '#test/support/link-tables.ts';
import { aMessage, aState, browsers, type Shown } from '#test/support/linking.ts';

/** One identity of each namespace that can be of contacts which become one, in the order of strength. */
const NAMES: Shown = {
  userId: 'u-1',
  phone: '+12133734253',
  social: 's',
  leadId: 'l',
  cioId: 'c',
  anonymousId: 'a',
};

const identityOf = (namespace: string): Identity => ({
  namespace: namespace as Namespace,
  value: NAMES[namespace as Namespace] ?? '',
});

const standingOf = (contactId: string, segments: number) => ({
  pk: { S: `${ORG}#${contactId}` },
  version: { N: '3' },
  segments: {
    M: Object.fromEntries(Array.from({ length: segments }, (_, nth) => [`seg_${nth}`, { S: '2026-01-01' }])),
  },
});

/** Contacts that a message with all of {@link NAMES} makes one, each with more identities and with segments. */
const contactsToJoin = fc.array(
  fc.record({
    others: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 95 })),
    segments: fc.integer({ min: 0, max: 200 }),
  }),
  { minLength: 1, maxLength: Object.keys(NAMES).length },
);

/** Every identity is of a contact that has it; a standing without a contact is gone, and kept for its segments only. */
const expectWholeRows = (tables: ReturnType<typeof newLinkTables>): void => {
  const contacts = new Map(tables.contacts().map((contact) => [contact.contactId, contact]));
  for (const [id, { contactId }] of tables.identities()) {
    expect(contacts.get(contactId)?.identities.has(id)).toBe(true);
  }
  for (const [contactId, { gone, segments }] of tables.standings()) {
    expect(gone?.BOOL === true).toBe(!contacts.has(contactId));
    if (gone !== undefined) expect(Object.keys(segments?.M ?? {}).length).toBeGreaterThan(0);
  }
};

describe('a message that names identities of several contacts', () => {
  it('makes them one, in transactions of at most 100 actions, as far as 100 identities allow', async () => {
    await fc.assert(
      fc.asyncProperty(
        contactsToJoin,
        fc.array(fc.constantFrom(...Object.keys(NAMES)), { maxLength: 6 }),
        async (list, fresh) => {
          const tables = newLinkTables();
          const stored = list.map(({ others }, nth): ContactState => {
            const namespace = Object.keys(NAMES)[nth] ?? '';
            return aState([identityOf(namespace), ...browsers(others, `of ${namespace}`)]);
          });
          tables.add(...stored);
          for (const [nth, { segments }] of list.entries()) {
            const contactId = stored[nth]?.contactId ?? '';
            const key = `${ORG}#${contactId}|undefined`;
            tables
              .rows('standings')
              .set(key, { ...tables.rows('standings').get(key), ...standingOf(contactId, segments) });
          }
          const named = new Set([...Object.keys(NAMES).slice(0, list.length), ...fresh]);
          const shown = Object.fromEntries([...named].map((name) => [name, NAMES[name as Namespace]]));

          const link = createLinker(tables.store);
          const { outcomes } = await link(ORG, [aMessage(shown)], { now: NOW, budget: aBudget() });

          const [outcome] = outcomes;
          if (outcome?.kind !== 'stored') throw new Error('The message is not stored');
          const contacts = tables.contacts();
          const all = stored.reduce((sum, { identities }) => sum + identities.size, 0);
          // The store refuses transactions of more than 100 actions, and two actions on one item.
          expect(Math.max(...contacts.map(({ identities }) => identities.size))).toBeLessThanOrEqual(100);
          if (all + fresh.length <= 100) {
            expect(outcome.notLinked).toEqual([]);
            expect(contacts).toHaveLength(1);
          }
          for (const { reason } of outcome.notLinked) expect(reason).toBe('too_many_identities');
          expectWholeRows(tables);
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each([90, 91, 99])(
    'keeps the contact that has %i identities if the other cannot have them',
    async (count) => {
      const { add, store, contacts } = newLinkTables();
      const [many, one] = [aState(browsers(count)), aState([{ namespace: 'userId', value: 'u-1' }])];
      add(many, one);
      const merge = createMerge(store);

      const outcome = await merge(ORG, many.contactId, one.contactId, { now: NOW, budget: aBudget() });

      const contactId = count > 90 ? many.contactId : one.contactId;
      expect(outcome).toEqual({ kind: 'one', contactId, merged: true });
      expect(contacts().map((contact) => [contact.contactId, contact.identities.size])).toEqual([
        [contactId, count + 1],
      ]);
    },
  );

  it('is not linked to a contact of 100 identities, which stays as it is', async () => {
    const { add, store, contacts } = newLinkTables();
    const full = aState(browsers(100));
    add(full);
    const link = createLinker(store);

    const { outcomes } = await link(
      ORG,
      [
        aMessage({ userId: 'u-1', anonymousId: 'browser 7' }),
        aMessage({ anonymousId: 'browser 7', phone: '+12133734253' }),
      ],
      { now: NOW, budget: aBudget() },
    );

    const notLinked = [
      { namespace: 'anonymousId', reason: 'too_many_identities', contactId: full.contactId },
    ];
    expect(outcomes).toEqual(
      [
        identityIdOf(ORG, { namespace: 'userId', value: 'u-1' }),
        identityIdOf(ORG, { namespace: 'phone', value: '+12133734253' }),
      ].map((contactId) => ({ kind: 'stored', contactId, created: true, notLinked })),
    );
    expect(
      contacts()
        .map(({ identities }) => identities.size)
        .toSorted(),
    ).toEqual([1, 1, 100]);
  });
});

describe('a contact that is larger than imports make one, as two have become one', () => {
  const large = { bio: JSON.stringify('x'.repeat(240 * 1024)) };
  const aLargeContact = () => {
    const { add, store, contacts } = newLinkTables();
    add(aState([{ namespace: 'userId', value: 'u-1' }], { attributes: large }));
    return { link: createLinker(store), contacts };
  };

  it.each([
    ['gets another identity', { anonymousId: 'a-1' }, {}, 'stored'],
    ['gets a smaller value', {}, { bio: '"short"' }, 'stored'],
    ['gets no further value', {}, { plan: '"pro"' }, 'rejected'],
  ])('%s', async (_what, shown, attributes, outcome) => {
    const { link } = aLargeContact();
    const message = aMessage(
      { userId: 'u-1', ...shown },
      { attributes: new Map(Object.entries(attributes)) },
    );

    const { outcomes } = await link(ORG, [message], { now: NOW, budget: aBudget() });

    expect(outcomes).toMatchObject([{ kind: outcome }]);
  });
});
