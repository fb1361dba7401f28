import fc from 'fast-check';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import { createContactImporter } from '#shared/imports/contact-import.ts';
import { aContactEntry, ORG, SARAH, SARAH_ID } from '#test/support/builders.ts';
import { aContactBatch, aWorld, completed } from '#test/support/import-world.ts';

const JAMES = 'james@example.com';
const JAMES_ID = contactIdOf(ORG, JAMES);

const aStage = (options: Parameters<typeof aWorld>[0] = {}) => {
  const world = aWorld(options);
  return { ...world, run: createContactImporter(world.deps) };
};

describe('importing contacts', () => {
  it('opens the receipt, stores the contacts and closes the receipt, in this order', async () => {
    const { run, journal, receipts } = aStage();

    const outcome = completed(await run(aContactBatch([aContactEntry(), aContactEntry({ email: JAMES })])));

    expect(journal).toEqual(['open', 'upsert', 'close']);
    expect(receipts).toEqual([
      {
        orgId: ORG,
        id: outcome.importId,
        endpoint: 'contacts',
        receivedAt: '2026-03-15T12:00:00.000Z',
        received: 2,
        touched: [SARAH_ID, JAMES_ID],
        outcome: { state: 'completed', imported: 2, skipped: 0, reasons: {} },
      },
    ]);
  });

  it('returns each contact’s id, and whether it is new', async () => {
    const { run } = aStage({ known: [SARAH_ID] });

    const outcome = await run(aContactBatch([aContactEntry(), aContactEntry({ email: JAMES })]));

    expect(outcome).toEqual({
      kind: 'completed',
      importId: expect.stringMatching(/^imp_/),
      imported: 2,
      left: 0,
      errors: [],
      contacts: [
        { index: 0, contactId: SARAH_ID, created: false },
        { index: 1, contactId: JAMES_ID, created: true },
      ],
    });
  });

  it('reports each skipped entry by index, with the address as it was sent', async () => {
    const { run, upserts, receipts } = aStage();
    const entries = [
      null,
      aContactEntry({ email: ' no address ' }),
      aContactEntry(),
      aContactEntry({ email: undefined }),
      aContactEntry({ attributes: [], email: JAMES }),
      [aContactEntry()],
    ];

    const outcome = await run(aContactBatch(entries));

    expect(outcome).toMatchObject({
      kind: 'completed',
      imported: 1,
      errors: [
        { index: 0, identifier: null, reason: 'Contact must be an object' },
        { index: 1, identifier: ' no address ', reason: 'email is not a valid email address' },
        { index: 3, identifier: null, reason: 'email is required' },
        { index: 4, identifier: JAMES, reason: 'attributes must be an object' },
        { index: 5, identifier: null, reason: 'Contact must be an object' },
      ],
    });
    expect(upserts.map((each) => [...each.keys()])).toEqual([[SARAH_ID]]);
    expect(receipts[0]?.outcome?.reasons).toMatchObject({ 'Contact must be an object': 2 });
  });
});

describe('importing one contact several times in a batch', () => {
  it('merges the entries, the later winning field by field', async () => {
    const { run, upserts } = aStage();
    const entries = [
      aContactEntry({
        externalId: 'x-1',
        attributes: { plan: 'free', city: 'Austin' },
        createdAt: '2020-01-01T00:00:00Z',
      }),
      aContactEntry({ email: ' SARAH@example.com', attributes: { plan: 'pro', age: 7 } }),
      aContactEntry({ externalId: 'x-2' }),
      aContactEntry({ email: 'Sarah@Example.com' }),
    ];

    await run(aContactBatch(entries));

    expect(upserts).toHaveLength(1);
    expect([...(upserts[0]?.keys() ?? [])]).toEqual([SARAH_ID]);
    expect(upserts[0]?.get(SARAH_ID)).toEqual({
      email: 'Sarah@Example.com',
      externalId: 'x-2',
      createdAt: Date.parse('2020-01-01T00:00:00Z'),
      attributes: new Map([
        ['plan', '"pro"'],
        ['city', '"Austin"'],
        ['age', '7'],
      ]),
    });
  });

  it('reports it as created once, and counts each entry', async () => {
    const { run } = aStage();
    const entries = [SARAH, JAMES, SARAH, SARAH].map((email) => aContactEntry({ email }));

    const outcome = completed(await run(aContactBatch(entries)));

    expect(outcome).toMatchObject({ imported: 4, errors: [] });
    expect(outcome.contacts).toEqual([
      { index: 0, contactId: SARAH_ID, created: true },
      { index: 1, contactId: JAMES_ID, created: true },
      { index: 2, contactId: SARAH_ID, created: false },
      { index: 3, contactId: SARAH_ID, created: false },
    ]);
  });

  it('ignores a rejected entry when merging its duplicates', async () => {
    const { run, upserts } = aStage();
    const entries = [aContactEntry({ externalId: 'x-1' }), aContactEntry({ externalId: '' })];

    const outcome = completed(await run(aContactBatch(entries)));

    expect(outcome).toMatchObject({ imported: 1, errors: [{ index: 1 }] });
    expect(upserts[0]?.get(SARAH_ID)?.externalId).toBe('x-1');
  });
});

describe('importing contacts that the table does not store', () => {
  const entries = [aContactEntry(), aContactEntry({ email: JAMES }), { email: 1 }, aContactEntry()];

  it('skips every entry of a rejected contact, in the order of the entries', async () => {
    const { run, receipts } = aStage({
      upserted: (contactId) =>
        contactId === SARAH_ID
          ? { kind: 'rejected', reason: 'Contact is too large to store' }
          : { kind: 'stored', created: true },
    });

    const outcome = await run(aContactBatch(entries));

    expect(outcome).toEqual({
      kind: 'completed',
      importId: receipts[0]?.id,
      imported: 1,
      left: 0,
      errors: [
        { index: 0, identifier: SARAH, reason: 'Contact is too large to store' },
        { index: 2, identifier: null, reason: 'email is not a valid email address' },
        { index: 3, identifier: SARAH, reason: 'Contact is too large to store' },
      ],
      contacts: [{ index: 1, contactId: JAMES_ID, created: true }],
    });
    expect(receipts[0]?.outcome).toMatchObject({ state: 'completed', imported: 1, skipped: 3 });
  });

  it('counts the entries, not the contacts, that are not stored, and marks the receipt as incomplete', async () => {
    const { run, receipts } = aStage({
      upserted: (contactId) => (contactId === SARAH_ID ? undefined : { kind: 'stored', created: true }),
    });

    const outcome = await run(aContactBatch(entries));

    expect(outcome).toMatchObject({
      kind: 'incomplete',
      importId: receipts[0]?.id,
      imported: 1,
      left: 2,
      errors: [{ index: 2 }],
      contacts: [{ index: 1 }],
    });
    expect(receipts[0]?.outcome).toMatchObject({ state: 'incomplete', imported: 1, skipped: 1 });
  });

  it('accounts for every entry, whatever was sent and whatever the table stores', async () => {
    const entry = fc.oneof(
      fc.constantFrom('a', 'b', 'c', 'no address').map((name) => ({ email: `${name}@example.com` })),
      fc.jsonValue(),
    );
    const upserted = fc.constantFrom(
      { kind: 'stored', created: true } as const,
      { kind: 'rejected', reason: 'Contact is too large to store' } as const,
      undefined,
    );
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 40 }), fc.func(upserted), async (sent, upserted) => {
        const { run, receipts } = aStage({ upserted });

        const outcome = await run(aContactBatch(sent));

        if (outcome.kind === 'nothing-stored') throw new Error(outcome.kind);
        const { imported, left, errors, contacts } = outcome;
        const [stored, refused] = [contacts, errors].map((list) => list.map(({ index }) => index));
        expect(imported).toBe(contacts.length);
        expect(imported + errors.length + left).toBe(sent.length);
        expect(new Set([...(stored ?? []), ...(refused ?? [])]).size).toBe(imported + errors.length);
        expect(stored).toEqual(stored?.toSorted((a, b) => a - b));
        expect(refused).toEqual(refused?.toSorted((a, b) => a - b));
        expect(outcome.kind).toBe(left === 0 ? 'completed' : 'incomplete');
        expect(receipts[0]?.outcome).toMatchObject({ state: outcome.kind, imported, skipped: errors.length });
      }),
      { numRuns: 60 },
    );
  });
});
