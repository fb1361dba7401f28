import fc from 'fast-check';
import { createImportEvents } from '#functions/ingest/import-events/handler.ts';
import { EMAIL_EVENTS, LOCATION_INTERESTS } from '#shared/contract/import-shapes.ts';
import { fromEventItem } from '#shared/events/event-item.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import {
  aBatch,
  aLocationInterest,
  anEmailEntry,
  aRequest,
  NOW,
  ORG,
  SARAH,
  SARAH_ID,
} from '#test/support/builders.ts';
import { answerOf, aWorld } from '#test/support/import-world.ts';

const JAMES = 'james@example.com';
const KNOWN = [SARAH, JAMES].map((email) => contactIdOf(ORG, email));

const aStage = (overrides: Parameters<typeof aWorld>[0] = {}) => {
  const world = aWorld({ known: KNOWN, ...overrides });
  return { ...world, run: createImportEvents(world.deps, EMAIL_EVENTS) };
};

describe('importing a sound batch', () => {
  it('opens the receipt, puts the events and closes the receipt, in this order', async () => {
    const { run, journal, receipts } = aStage();

    const response = await run(aBatch('events', [anEmailEntry(), anEmailEntry({ contactEmail: JAMES })]));

    expect(journal).toEqual(['existing', 'open', 'put', 'close']);
    expect(response.statusCode).toBe(200);
    expect(response.body).toEqual({ imported: 2, skipped: 0, errors: [] });
    expect(receipts).toEqual([
      {
        orgId: ORG,
        id: response.headers?.['x-import-id'],
        endpoint: 'events/email',
        receivedAt: '2026-03-15T12:00:00.000Z',
        received: 2,
        touched: KNOWN,
        outcome: { state: 'completed', imported: 2, skipped: 0, reasons: {} },
      },
    ]);
  });

  it('looks contacts up while entries are still judged, each once', async () => {
    const { deps } = aWorld();
    const groups: (readonly string[])[] = [];
    const existing: typeof deps.contacts.existing = async (_orgId, contactIds) => {
      for await (const group of contactIds) groups.push([group].flat());
      return new Set(groups.flat());
    };
    const run = createImportEvents({ ...deps, contacts: { existing } }, EMAIL_EVENTS);
    const entries = Array.from({ length: 2_600 }, (_, nth) =>
      anEmailEntry({ contactEmail: `c${nth % 1_300}@example.com`, eventId: `e-${nth}` }),
    );

    const response = await run(aBatch('events', entries));

    expect(answerOf(response).imported).toBe(2_600);
    expect(groups.length).toBeGreaterThan(2);
    expect(groups[0]?.length).toBeLessThan(1_300);
    expect(new Set(groups.flat()).size).toBe(1_300);
    expect(groups.flat()).toHaveLength(1_300);
  });

  it('stores the events under the organisation of the key, whatever the entry says', async () => {
    const { run, stored } = aStage();

    await run(aBatch('events', [anEmailEntry({ orgId: 'o_other', metadata: { a: 1 }, eventId: 'e-1' })]));

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

  it('takes an address in any case, with space around', async () => {
    const { run, stored } = aStage();

    const response = await run(aBatch('events', [anEmailEntry({ contactEmail: ' SARAH@Example.com ' })]));

    expect(response.body).toMatchObject({ imported: 1 });
    expect([...stored.values()].map((item) => fromEventItem(item).contactId)).toEqual([SARAH_ID]);
  });

  it('takes an empty one, which touches nobody', async () => {
    const { run, receipts } = aStage();

    const response = await run(aBatch('events', []));

    expect(response.body).toEqual({ imported: 0, skipped: 0, errors: [] });
    expect(receipts).toMatchObject([{ touched: [], outcome: { state: 'completed' } }]);
  });

  it('makes events of the endpoint’s kind from the endpoint’s array', async () => {
    const { stored, deps } = aWorld({ known: KNOWN });
    const run = createImportEvents(deps, LOCATION_INTERESTS);

    const response = await run(aBatch('signals', [aLocationInterest()]));

    expect(response.body).toEqual({ imported: 1, skipped: 0, errors: [] });
    expect([...stored.values()].map((item) => fromEventItem(item).kind)).toEqual(['location-interests']);
  });
});

describe('importing a batch with faults', () => {
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

    const response = await run(aBatch('events', entries));

    expect(response.statusCode).toBe(200);
    expect(response.body).toEqual({
      imported: 1,
      skipped: 8,
      errors: [
        { index: 0, contactEmail: ' Nobody@Example.com ', reason: 'Contact not found' },
        { index: 1, contactEmail: null, reason: 'Event must be an object' },
        { index: 3, contactEmail: SARAH, reason: "Invalid event type: 'forward'" },
        { index: 4, contactEmail: null, reason: 'contactEmail is not a valid email address' },
        { index: 5, contactEmail: 'nobody@example.com', reason: 'Event is too large to store' },
        { index: 6, contactEmail: null, reason: 'contactEmail is required' },
        { index: 7, contactEmail: 'nobody@example.com', reason: 'occurredAt is in the future' },
        { index: 8, contactEmail: null, reason: 'Event must be an object' },
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

  it('adds up, whatever was sent: every entry is imported or reported, in order', async () => {
    const emails = fc.constantFrom(SARAH, JAMES, 'nobody@example.com', 'no address', 1, null);
    const entry = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({ contactEmail: emails, type: fc.constantFrom('opened', 'sent', 'forward') }),
      },
      { weight: 1, arbitrary: fc.jsonValue() },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 40 }), async (entries) => {
        const { run, stored, receipts } = aStage();
        const sent = entries.map((each) =>
          typeof each === 'object' && each !== null && 'type' in each ? anEmailEntry(each) : each,
        );

        const { imported, skipped, errors } = answerOf(await run(aBatch('events', sent)));

        const indexes = errors.map(({ index }) => index);
        expect(skipped).toBe(errors.length);
        expect(imported + skipped).toBe(sent.length);
        expect(indexes).toEqual([...new Set(indexes)].sort((a, b) => a - b));
        expect(receipts[0]?.outcome).toMatchObject({ state: 'completed', imported, skipped });
        expect(stored.size).toBeLessThanOrEqual(imported);
        expect(stored.size > 0).toBe(imported > 0);
      }),
      { numRuns: 60 },
    );
  });

  // JSON of some thousand levels overflows the stack, and with it the whole batch.
  it.each([
    ['metadata', '{"a":', '}'],
    ['type', '', ''],
  ])('judges an entry alone whose %s is nested ten thousand levels deep', async (field, before, after) => {
    const { run } = aStage();
    const deep = `${before}${'['.repeat(10_000)}${']'.repeat(10_000)}${after}`;
    const entry = JSON.stringify(anEmailEntry({ [field]: 'DEEP' })).replace('"DEEP"', deep);

    const response = await run(aRequest({ body: `{"events":[${JSON.stringify(anEmailEntry())},${entry}]}` }));

    expect(response.statusCode).toBe(200);
  });
});

describe('importing twins', () => {
  it('counts each as imported and puts one', async () => {
    const { run, stored, puts } = aStage();
    const twins = [
      anEmailEntry({ metadata: { a: 1, b: 2 } }),
      anEmailEntry({ metadata: { b: 2, a: 1 } }),
      anEmailEntry({ metadata: { a: 1, b: 2 }, contactEmail: 'SARAH@example.com' }),
      anEmailEntry({ metadata: { a: 1, b: 2 }, occurredAt: '2025-11-15T11:30:00.000+01:00' }),
    ];

    const response = await run(aBatch('events', twins));

    expect(response.body).toEqual({ imported: 4, skipped: 0, errors: [] });
    expect(puts).toEqual([1]);
    expect(stored.size).toBe(1);
  });

  it('stores the last of two corrections', async () => {
    const { run, stored, puts } = aStage();
    const entries = ['first', 'second'].map((subject) =>
      anEmailEntry({ eventId: 'e-1', metadata: { subject } }),
    );

    const response = await run(aBatch('events', entries));

    expect(response.body).toMatchObject({ imported: 2 });
    expect(puts).toEqual([1]);
    expect([...stored.values()].map((item) => item['m']?.S)).toEqual(['{"subject":"second"}']);
  });

  it('keeps apart the same event of two contacts, and two eventIds', async () => {
    const { run, stored } = aStage();
    const entries = [
      anEmailEntry(),
      anEmailEntry({ contactEmail: JAMES }),
      anEmailEntry({ eventId: 'e-1' }),
      anEmailEntry({ eventId: 'e-2' }),
    ];

    await run(aBatch('events', entries));

    expect(stored.size).toBe(4);
  });

  it('stores nothing new when the same batch is sent again', async () => {
    const { run, stored } = aStage();
    const batch = aBatch('events', [
      anEmailEntry({ metadata: { a: 1.5 } }),
      anEmailEntry({ eventId: 'e-1' }),
    ]);

    const first = await run(batch);
    const keys = [...stored.keys()];
    const second = await run(batch);

    expect(second.body).toEqual(first.body);
    expect([...stored.keys()]).toEqual(keys);
    expect(second.headers?.['x-import-id']).not.toBe(first.headers?.['x-import-id']);
  });
});
