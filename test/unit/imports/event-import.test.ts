import fc from 'fast-check';
import { fromEventItem } from '#shared/events/event-item.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import { createEventImporter } from '#shared/imports/event-import.ts';
import {
  aLocationInterest,
  anEmailEntry,
  foundOf,
  NOW,
  ORG,
  SARAH,
  SARAH_ID,
} from '#test/support/builders.ts';
import { anEventBatch, aWorld, completed } from '#test/support/import-world.ts';

const GIVE_ONE = 'Give one of contactEmail, userId, anonymousId, phone';
const JAMES = 'james@example.com';
const KNOWN = [SARAH, JAMES].map((email) => contactIdOf(ORG, email));

const ENTRY = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .record({
        contactEmail: fc.constantFrom(SARAH, JAMES, 'nobody@example.com', 'no address', 1, null),
        type: fc.constantFrom('opened', 'sent', 'forward'),
        eventId: fc.constantFrom('e-1', 'e-2', 'e-3', undefined),
      })
      .map(anEmailEntry),
  },
  { weight: 1, arbitrary: fc.jsonValue() },
);

const aStage = (overrides: Parameters<typeof aWorld>[0] = {}) => {
  const world = aWorld({ known: KNOWN, ...overrides });
  return { ...world, run: createEventImporter(world.deps) };
};

describe('importing a valid batch', () => {
  it('opens the receipt, puts the events and closes the receipt, in this order', async () => {
    const { run, journal, receipts } = aStage();

    const outcome = await run(anEventBatch([anEmailEntry(), anEmailEntry({ contactEmail: JAMES })]));

    expect(journal).toEqual(['find', 'open', 'put', 'close']);
    expect(outcome).toEqual({
      kind: 'completed',
      importId: receipts[0]?.id,
      imported: 2,
      left: 0,
      errors: [],
    });
    expect(receipts).toEqual([
      {
        orgId: ORG,
        id: expect.stringMatching(/^imp_/),
        endpoint: 'events/email',
        receivedAt: '2026-03-15T12:00:00.000Z',
        received: 2,
        touched: KNOWN,
        outcome: { state: 'completed', imported: 2, skipped: 0, reasons: {} },
      },
    ]);
  });

  it('looks up each contact once, while entries are still being validated', async () => {
    const { deps } = aWorld();
    const groups: (readonly string[])[] = [];
    const find: typeof deps.contacts.find = async (_orgId, contactIds) => {
      for await (const group of contactIds) groups.push([group].flat());
      return foundOf(groups.flat());
    };
    const run = createEventImporter({ ...deps, contacts: { find } });
    const entries = Array.from({ length: 2_600 }, (_, nth) =>
      anEmailEntry({ contactEmail: `c${nth % 1_300}@example.com`, eventId: `e-${nth}` }),
    );

    const outcome = await run(anEventBatch(entries));

    expect(completed(outcome).imported).toBe(2_600);
    expect(groups.length).toBeGreaterThan(2);
    expect(groups[0]?.length).toBeLessThan(1_300);
    expect(new Set(groups.flat()).size).toBe(1_300);
    expect(groups.flat()).toHaveLength(1_300);
  });

  it('stores the events for the organisation of the key, whatever the entry contains', async () => {
    const { run, stored } = aStage();

    await run(anEventBatch([anEmailEntry({ orgId: 'o_other', metadata: { a: 1 }, eventId: 'e-1' })]));

    expect([...stored.values()].map(fromEventItem)).toEqual([
      expect.objectContaining({
        orgId: ORG,
        contactId: SARAH_ID,
        kind: 'email',
        type: 'opened',
        occurredAt: Date.parse('2025-11-15T10:30:00Z'),
        metadata: '{"a":1}',
        eventId: 'e-1',
      }),
    ]);
  });

  it('accepts an address in any case, with surrounding spaces', async () => {
    const { run, stored } = aStage();

    const outcome = await run(anEventBatch([anEmailEntry({ contactEmail: ' SARAH@Example.com ' })]));

    expect(outcome).toMatchObject({ kind: 'completed', imported: 1 });
    expect([...stored.values()].map((item) => fromEventItem(item).contactId)).toEqual([SARAH_ID]);
  });

  it('accepts an empty batch, which touches no contact', async () => {
    const { run, receipts } = aStage();

    const outcome = await run(anEventBatch([]));

    expect(outcome).toMatchObject({ kind: 'completed', imported: 0, errors: [] });
    expect(receipts).toMatchObject([{ touched: [], outcome: { state: 'completed' } }]);
  });

  it('stores events of the batch’s kind, and a receipt with its source', async () => {
    const { run, stored, receipts } = aStage();
    const source = 'contacts/location-interests';

    const outcome = await run(anEventBatch([aLocationInterest()], { kind: 'location-interests', source }));

    expect(outcome).toMatchObject({ kind: 'completed', imported: 1, errors: [] });
    expect(receipts).toMatchObject([{ endpoint: source }]);
    expect([...stored.values()].map((item) => fromEventItem(item).kind)).toEqual(['location-interests']);
  });
});

describe('importing a batch with invalid entries', () => {
  it('reports each skipped entry by index, with the address as it was sent', async () => {
    const { run, stored, receipts } = aStage();
    const entries = [
      anEmailEntry({ contactEmail: ' Nobody@Example.com ' }),
      null,
      anEmailEntry(),
      anEmailEntry({ type: 'forward' }),
      anEmailEntry({ contactEmail: 7 }),
      anEmailEntry({ metadata: { x: 'x'.repeat(400 * 1024) }, contactEmail: 'nobody@example.com' }),
      anEmailEntry({ contactEmail: undefined }),
      anEmailEntry({ occurredAt: new Date(NOW + 300_001).toISOString(), contactEmail: 'nobody@example.com' }),
      'text',
    ];

    const outcome = await run(anEventBatch(entries));

    expect(outcome).toEqual({
      kind: 'completed',
      importId: receipts[0]?.id,
      imported: 1,
      left: 0,
      errors: [
        { index: 0, field: 'contactEmail', identifier: ' Nobody@Example.com ', reason: 'Contact not found' },
        { index: 1, field: 'contactEmail', identifier: null, reason: 'Event must be an object' },
        { index: 3, field: 'contactEmail', identifier: SARAH, reason: "Invalid event type: 'forward'" },
        {
          index: 4,
          field: 'contactEmail',
          identifier: null,
          reason: 'contactEmail is not a valid email address',
        },
        {
          index: 5,
          field: 'contactEmail',
          identifier: 'nobody@example.com',
          reason: 'Event is too large to store',
        },
        { index: 6, field: 'contactEmail', identifier: null, reason: GIVE_ONE },
        {
          index: 7,
          field: 'contactEmail',
          identifier: 'nobody@example.com',
          reason: 'occurredAt is in the future',
        },
        { index: 8, field: 'contactEmail', identifier: null, reason: 'Event must be an object' },
      ],
    });
    expect(stored.size).toBe(1);
    expect(receipts).toMatchObject([
      {
        touched: [SARAH_ID],
        outcome: {
          imported: 1,
          skipped: 8,
          reasons: { 'Event must be an object': 2, 'Invalid event type': 1 },
        },
      },
    ]);
  });

  it('either imports or reports every entry, in order, whatever was sent', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(ENTRY, { maxLength: 40 }), async (entries) => {
        const { run, stored, receipts } = aStage();

        const { imported, errors } = completed(await run(anEventBatch(entries)));

        const indexes = errors.map(({ index }) => index);
        expect(imported + errors.length).toBe(entries.length);
        expect(indexes).toEqual([...new Set(indexes)].sort((a, b) => a - b));
        expect(receipts[0]?.outcome).toMatchObject({
          state: 'completed',
          imported,
          skipped: errors.length,
        });
        expect(stored.size).toBeLessThanOrEqual(imported);
        expect(stored.size > 0).toBe(imported > 0);
      }),
      { numRuns: 60 },
    );
  });

  it('counts stored and unstored events, whatever the table stores, and reports the same entries', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(ENTRY, { maxLength: 40 }), fc.nat(10), async (entries, most) => {
        const whole = aStage();
        const { run, stored, puts, receipts } = aStage({ leaves: (items) => items.slice(most) });

        const { errors } = completed(await whole.run(anEventBatch(entries)));
        const outcome = await run(anEventBatch(entries));

        const left = Math.max(0, (puts[0] ?? 0) - most);
        expect(outcome).toMatchObject({ kind: left > 0 ? 'incomplete' : 'completed', left, errors });
        if (left > 0) expect(outcome).toMatchObject({ imported: stored.size });
        expect(receipts[0]?.outcome?.state).toBe(outcome.kind);
        expect(stored.size).toBe((puts[0] ?? 0) - left);
      }),
      { numRuns: 60 },
    );
  });
});

describe('importing duplicates', () => {
  it('counts each as imported and stores one', async () => {
    const { run, stored, puts } = aStage();
    const duplicates = [
      anEmailEntry({ metadata: { a: 1, b: 2 } }),
      anEmailEntry({ metadata: { b: 2, a: 1 } }),
      anEmailEntry({ metadata: { a: 1, b: 2 }, contactEmail: 'SARAH@example.com' }),
      anEmailEntry({ metadata: { a: 1, b: 2 }, occurredAt: '2025-11-15T11:30:00.000+01:00' }),
    ];

    const outcome = await run(anEventBatch(duplicates));

    expect(outcome).toMatchObject({ kind: 'completed', imported: 4, errors: [] });
    expect(puts).toEqual([1]);
    expect(stored.size).toBe(1);
  });

  it('stores the last of several versions with the same eventId', async () => {
    const { run, stored, puts } = aStage();
    const entries = ['first', 'second'].map((subject) =>
      anEmailEntry({ eventId: 'e-1', metadata: { subject } }),
    );

    const outcome = await run(anEventBatch(entries));

    expect(outcome).toMatchObject({ kind: 'completed', imported: 2 });
    expect(puts).toEqual([1]);
    expect([...stored.values()].map((item) => item['m']?.S)).toEqual(['{"subject":"second"}']);
  });

  it('distinguishes the same event of two contacts, and two eventIds', async () => {
    const { run, stored } = aStage();
    const entries = [
      anEmailEntry(),
      anEmailEntry({ contactEmail: JAMES }),
      anEmailEntry({ eventId: 'e-1' }),
      anEmailEntry({ eventId: 'e-2' }),
    ];

    await run(anEventBatch(entries));

    expect(stored.size).toBe(4);
  });

  it('stores nothing new when the same batch is sent again', async () => {
    const { run, stored } = aStage();
    const batch = anEventBatch([anEmailEntry({ metadata: { a: 1.5 } }), anEmailEntry({ eventId: 'e-1' })]);

    const first = completed(await run(batch));
    const keys = [...stored.keys()];
    const second = completed(await run(batch));

    expect({ ...second, importId: '' }).toEqual({ ...first, importId: '' });
    expect([...stored.keys()]).toEqual(keys);
    expect(second.importId).not.toBe(first.importId);
  });
});
