import fc from 'fast-check';
import { fromEventItem } from '#shared/events/event-item.ts';
import { contactIdOf, identityIdOf } from '#shared/identities/contact-id.ts';
import { createContactImporter } from '#shared/imports/contact-import.ts';
import { aContactEntry, NOW, ORG, SARAH, SARAH_ID } from '#test/support/builders.ts';
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

    expect(journal).toEqual(['open', 'link', 'close']);
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
    const { run, links, receipts } = aStage();
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
    expect(links.map((each) => each.map(({ identities }) => identities[0].id))).toEqual([[SARAH_ID]]);
    expect(receipts[0]?.outcome?.reasons).toMatchObject({ 'Contact must be an object': 2 });
  });
});

describe('importing one contact several times in a batch', () => {
  it('passes the entries on in their order, each later than the one before', async () => {
    const { run, links } = aStage();
    const entries = [
      aContactEntry({ attributes: { plan: 'free' }, createdAt: '2020-01-01T00:00:00Z' }),
      aContactEntry({ email: ' SARAH@example.com', attributes: { plan: 'pro' } }),
    ];

    await run(aContactBatch(entries));

    expect(links).toMatchObject([
      [
        {
          identities: [{ id: SARAH_ID, namespace: 'email', value: SARAH, shown: SARAH }],
          time: { at: NOW, nth: 0 },
          createdAt: Date.parse('2020-01-01T00:00:00Z'),
          attributes: new Map([['plan', '"free"']]),
        },
        {
          identities: [{ id: SARAH_ID, namespace: 'email', value: SARAH, shown: 'SARAH@example.com' }],
          time: { at: NOW, nth: 1 },
          attributes: new Map([['plan', '"pro"']]),
        },
      ],
    ]);
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
});

describe('importing entries with identities and times of their own', () => {
  it('passes on all identities, strongest first', async () => {
    const { run, links } = aStage();
    const entry = aContactEntry({ externalId: ' u-1 ', phone: '+1 (213) 373-4253', anonymousId: 'a-1' });

    await run(aContactBatch([entry, { phone: '+12133734253' }]));

    expect(links[0]?.map(({ identities }) => identities.map((each) => [each.namespace, each.value]))).toEqual(
      [
        [
          ['userId', 'u-1'],
          ['email', SARAH],
          ['phone', '+12133734253'],
          ['anonymousId', 'a-1'],
        ],
        [['phone', '+12133734253']],
      ],
    );
  });

  it('stores a dated change as an event of the strongest identity, once however often it is sent', async () => {
    const { run, links, stored } = aStage();
    const entry = aContactEntry({
      externalId: 'u-1',
      attributes: { plan: 'pro', n: 1 },
      updatedAt: '2026-01-02T03:04:05Z',
    });

    await run(aContactBatch([entry, entry]));
    await run(aContactBatch([entry]));

    expect(links[0]?.map(({ time }) => time)).toEqual([
      { at: Date.parse('2026-01-02T03:04:05Z'), nth: 0 },
      { at: Date.parse('2026-01-02T03:04:05Z'), nth: 0 },
    ]);
    const events = [...stored.values()].map(fromEventItem);
    expect(events).toMatchObject([
      {
        contactId: identityIdOf(ORG, { namespace: 'userId', value: 'u-1' }),
        kind: 'profile',
        type: 'updated',
        occurredAt: Date.parse('2026-01-02T03:04:05Z'),
        metadata: '{"plan":"pro","n":1}',
      },
    ]);
  });

  it.each([
    ['without a time of its own', { attributes: { plan: 'pro' } }],
    ['without attributes', { updatedAt: '2026-01-02T03:04:05Z' }],
    ['with empty attributes', { attributes: {}, updatedAt: '2026-01-02T03:04:05Z' }],
  ])('stores no event of an entry %s', async (_what, fields) => {
    const { run, stored } = aStage();

    await run(aContactBatch([aContactEntry(fields)]));

    expect(stored.size).toBe(0);
  });

  it('stores no event of a rejected entry, and an entry whose event is not stored in time is left', async () => {
    const dated = { attributes: { plan: 'pro' }, updatedAt: '2026-01-02T03:04:05Z' };
    const rejecting = aStage({
      linked: () => ({ kind: 'rejected', reason: 'Contact is too large to store' }),
    });
    const slow = aStage({ slow: 'put' });

    await rejecting.run(aContactBatch([aContactEntry(dated)]));
    const outcome = await slow.run(aContactBatch([aContactEntry(dated), aContactEntry({ email: JAMES })]));

    expect(rejecting.stored.size).toBe(0);
    expect(outcome).toMatchObject({ kind: 'incomplete', imported: 1, left: 1 });
  });

  it('returns what was not linked, and refreshes contacts that others have become one with', async () => {
    const notLinked = [{ namespace: 'email', reason: 'identity_conflict', contactId: JAMES_ID }] as const;
    const { run, refreshed } = aStage({
      merged: [SARAH_ID],
      linked: (contactId) => ({ kind: 'stored', contactId, created: false, notLinked }),
    });

    const outcome = await run(aContactBatch([aContactEntry()]));

    expect(outcome).toMatchObject({ contacts: [{ index: 0, contactId: SARAH_ID, notLinked }] });
    expect(refreshed).toEqual([SARAH_ID]);
  });
});

describe('importing contacts that the table does not store', () => {
  const entries = [aContactEntry(), aContactEntry({ email: JAMES }), { email: 1 }, aContactEntry()];

  it('skips every rejected entry, in the order of the entries', async () => {
    const { run, receipts } = aStage({
      linked: (contactId) =>
        contactId === SARAH_ID
          ? { kind: 'rejected', reason: 'Contact is too large to store' }
          : { kind: 'stored', contactId, created: true, notLinked: [] },
    });

    const outcome = await run(aContactBatch(entries));

    expect(outcome).toEqual({
      kind: 'completed',
      importId: receipts[0]?.id,
      imported: 1,
      left: 0,
      errors: [
        { index: 0, field: 'email', identifier: SARAH, reason: 'Contact is too large to store' },
        { index: 2, field: 'email', identifier: null, reason: 'email is not a valid email address' },
        { index: 3, field: 'email', identifier: SARAH, reason: 'Contact is too large to store' },
      ],
      contacts: [{ index: 1, contactId: JAMES_ID, created: true }],
    });
    expect(receipts[0]?.outcome).toMatchObject({ state: 'completed', imported: 1, skipped: 3 });
  });

  it('counts the entries, not the contacts, that are not stored, and marks the receipt as incomplete', async () => {
    const { run, receipts } = aStage({
      linked: (contactId) =>
        contactId === SARAH_ID ? undefined : { kind: 'stored', contactId, created: true, notLinked: [] },
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
    const linked = fc.constantFrom(
      { kind: 'stored', contactId: SARAH_ID, created: true, notLinked: [] } as const,
      { kind: 'rejected', reason: 'Contact is too large to store' } as const,
      undefined,
    );
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 40 }), fc.func(linked), async (sent, linked) => {
        const { run, receipts } = aStage({ linked });

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
