import { createImportContacts } from '#functions/ingest/contacts/handler.ts';
import { CONTACTS } from '#shared/contract/import-shapes.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import { aBatch, aContactEntry, NOW, ORG, SARAH, SARAH_ID } from '#test/support/builders.ts';
import { answerOf, aWorld, errorOf } from '#test/support/import-world.ts';

const JAMES = 'james@example.com';
const JAMES_ID = contactIdOf(ORG, JAMES);

const aStage = (options: Parameters<typeof aWorld>[0] = {}) => {
  const world = aWorld(options);
  return { ...world, run: createImportContacts(world.deps, CONTACTS) };
};

describe('importing contacts', () => {
  it('opens the receipt, stores and closes the receipt, in this order', async () => {
    const { run, journal, receipts } = aStage();

    const response = await run(aBatch('contacts', [aContactEntry(), aContactEntry({ email: JAMES })]));

    expect(journal).toEqual(['open', 'upsert', 'close']);
    expect(response.statusCode).toBe(200);
    expect(receipts).toEqual([
      {
        orgId: ORG,
        id: response.headers?.['x-import-id'],
        endpoint: 'contacts',
        receivedAt: '2026-03-15T12:00:00.000Z',
        received: 2,
        touched: [SARAH_ID, JAMES_ID],
        outcome: { state: 'completed', imported: 2, skipped: 0, reasons: {} },
      },
    ]);
  });

  it('answers with each contact’s id, and whether it is new', async () => {
    const { run } = aStage({ known: [SARAH_ID] });

    const response = await run(aBatch('contacts', [aContactEntry(), aContactEntry({ email: JAMES })]));

    expect(response.body).toEqual({
      imported: 2,
      skipped: 0,
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

    const response = await run(aBatch('contacts', entries));

    expect(response.body).toMatchObject({
      imported: 1,
      skipped: 5,
      errors: [
        { index: 0, email: null, reason: 'Contact must be an object' },
        { index: 1, email: ' no address ', reason: 'email is not a valid email address' },
        { index: 3, email: null, reason: 'email is required' },
        { index: 4, email: JAMES, reason: 'attributes must be an object' },
        { index: 5, email: null, reason: 'Contact must be an object' },
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

    await run(aBatch('contacts', entries));

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

  it('says once that it was created, and counts each entry', async () => {
    const { run } = aStage();
    const entries = [SARAH, JAMES, SARAH, SARAH].map((email) => aContactEntry({ email }));

    const answer = answerOf(await run(aBatch('contacts', entries)));

    expect(answer).toMatchObject({ imported: 4, skipped: 0 });
    expect(answer.contacts).toEqual([
      { index: 0, contactId: SARAH_ID, created: true },
      { index: 1, contactId: JAMES_ID, created: true },
      { index: 2, contactId: SARAH_ID, created: false },
      { index: 3, contactId: SARAH_ID, created: false },
    ]);
  });

  it('lets an entry that is refused change nothing of its twin', async () => {
    const { run, upserts } = aStage();
    const entries = [aContactEntry({ externalId: 'x-1' }), aContactEntry({ externalId: '' })];

    const answer = answerOf(await run(aBatch('contacts', entries)));

    expect(answer).toMatchObject({ imported: 1, skipped: 1, errors: [{ index: 1 }] });
    expect(upserts[0]?.get(SARAH_ID)?.externalId).toBe('x-1');
  });
});

describe('importing contacts that the table does not take', () => {
  const entries = [aContactEntry(), aContactEntry({ email: JAMES }), { email: 1 }, aContactEntry()];

  it('skips a rejected one for every entry that it had, in the order of the entries', async () => {
    const { run, receipts } = aStage({
      upserted: (contactId) =>
        contactId === SARAH_ID
          ? { kind: 'rejected', reason: 'Contact is too large to store' }
          : { kind: 'stored', created: true },
    });

    const response = await run(aBatch('contacts', entries));

    expect(response.body).toEqual({
      imported: 1,
      skipped: 3,
      errors: [
        { index: 0, email: SARAH, reason: 'Contact is too large to store' },
        { index: 2, email: null, reason: 'email is not a valid email address' },
        { index: 3, email: SARAH, reason: 'Contact is too large to store' },
      ],
      contacts: [{ index: 1, contactId: JAMES_ID, created: true }],
    });
    expect(receipts[0]?.outcome).toMatchObject({ state: 'completed', imported: 1, skipped: 3 });
  });

  it('answers 503 when some were left over, and leaves the receipt incomplete', async () => {
    const { run, receipts } = aStage({
      upserted: (contactId) => (contactId === SARAH_ID ? undefined : { kind: 'stored', created: true }),
    });

    const error = await errorOf(run(aBatch('contacts', entries)));

    expect(error).toMatchObject({ statusCode: 503, code: 'not_all_stored' });
    expect(error.message).toMatch(/^2 of 3 contacts /);
    expect(error.headers).toEqual({ 'retry-after': '5', 'x-import-id': receipts[0]?.id });
    expect(receipts[0]?.outcome).toMatchObject({ state: 'incomplete', imported: 1, skipped: 1 });
  });

  it('answers 503 when the receipt could not be opened in time, and stores nothing', async () => {
    const { run, journal } = aStage({ slow: 'open' });

    const error = await errorOf(run(aBatch('contacts', entries)));

    expect(error).toMatchObject({ statusCode: 503, code: 'not_all_stored' });
    expect(journal).toEqual(['open']);
  });

  it('gives the work and the closing less time together than API Gateway gives the request', async () => {
    const { run, deadlines } = aStage();

    await run(aBatch('contacts', entries));

    expect(deadlines.open).toBe(deadlines.upsert);
    expect((deadlines.upsert ?? 0) - NOW + ((deadlines.close ?? 0) - NOW)).toBeLessThan(29_000);
  });
});
