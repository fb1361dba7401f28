import { batchGet } from '#shared/aws/dynamodb.ts';
import { budgetOf } from '#shared/aws/retry.ts';
import { contactOf, stateOfItem } from '#shared/contacts/contact-item.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { newOrg } from '#test/support/api.ts';
import { anEmailEntry, SARAH } from '#test/support/builders.ts';
import {
  CONTACT_IMPORT,
  EVENT_IMPORTS,
  importEntries,
  importText,
  instant,
  newOrgWith,
} from '#test/support/imports.ts';
import {
  contactRow,
  eventRows,
  identityRow,
  stackDynamo,
  standingRow,
  tableName,
} from '#test/support/tables.ts';

const [EMAIL] = EVENT_IMPORTS;

describe.each(EVENT_IMPORTS)('an event of POST $path', ({ anEntry, ...shape }) => {
  it.each([
    ['in one batch', 2, 1],
    ['in a later batch', 1, 2],
    ['in later batches and twice in each', 2, 3],
  ])('that is sent again %s is one row, and counts as imported', async (_when, times, batches) => {
    const org = await newOrgWith(SARAH);
    const entries = Array(times).fill(anEntry({ metadata: { a: 1, b: [2] } }));

    for (let sent = 0; sent < batches; sent++) {
      const { body } = await importEntries(org, shape, entries);
      expect(body).toEqual({ imported: times, skipped: 0, errors: [] });
    }

    expect(await eventRows(org, SARAH)).toHaveLength(1);
  });

  it('that is sent in concurrent batches is one row', async () => {
    const org = await newOrgWith(SARAH);
    const from = Date.parse('2025-01-01T00:00:00Z');
    const entries = Array.from({ length: 60 }, (_, at) => anEntry({ occurredAt: instant(at, from) }));

    const answers = await Promise.all([
      importEntries(org, shape, entries),
      importEntries(org, shape, entries.toReversed()),
      importEntries(org, shape, [...entries, ...entries]),
    ]);

    expect(answers.map(({ body }) => body.imported)).toEqual([60, 60, 120]);
    expect(await eventRows(org, SARAH)).toHaveLength(60);
  });

  it('is the same with another case of the address, another offset, or another order of keys', async () => {
    const org = await newOrgWith(SARAH);
    const entries = [
      anEntry({ occurredAt: '2025-11-15T10:30:00Z', metadata: { a: 1, b: 2 } }),
      anEntry({ occurredAt: '2025-11-15T10:30:00.000+00:00', metadata: { b: 2, a: 1 } }),
      anEntry({ occurredAt: '2025-11-15T16:00:00+05:30', metadata: { a: 1, b: 2 } }),
      anEntry({ occurredAt: '2025-11-14T23:30:00-1100', metadata: { a: 1, b: 2 } }),
      anEntry({
        occurredAt: '2025-11-15T11:30+01',
        metadata: { a: 1, b: 2 },
        contactEmail: ' SARAH@example.com',
      }),
    ];

    const { body } = await importEntries(org, shape, entries);

    expect(body.imported).toBe(entries.length);
    const rows = await eventRows(org, SARAH);
    expect(rows.map(({ sk }) => sk?.S?.slice(0, 24))).toEqual(['2025-11-15T10:30:00.000Z']);
  });

  it('differs with another eventId, content or time', async () => {
    const org = await newOrgWith(SARAH);
    const entries = [
      anEntry(),
      anEntry({ eventId: '1' }),
      anEntry({ eventId: '2' }),
      anEntry({ metadata: {} }),
      anEntry({ metadata: { id: 12345678901234567000 } }),
      anEntry({ metadata: { id: '12345678901234567000' } }),
      anEntry({ occurredAt: '2025-11-15T10:30:00.001Z' }),
    ];

    const { body } = await importEntries(org, shape, entries);

    expect(body.imported).toBe(entries.length);
    expect(await eventRows(org, SARAH)).toHaveLength(entries.length);
  });

  it('has the metadata of the last version with its eventId', async () => {
    const org = await newOrgWith(SARAH);
    const withMetadata = (metadata: unknown) => anEntry({ eventId: 'e-1', metadata });

    await importEntries(org, shape, [withMetadata({ value: 1 }), withMetadata({ value: 2 })]);
    const ofOneBatch = await eventRows(org, SARAH);
    await importEntries(org, shape, [withMetadata({ value: 3 })]);
    const corrected = await eventRows(org, SARAH);
    await importEntries(org, shape, [anEntry({ eventId: 'e-1' })]);
    const withoutMetadata = await eventRows(org, SARAH);

    expect(ofOneBatch.map(({ m }) => m?.S)).toEqual(['{"value":2}']);
    expect(corrected.map(({ m }) => m?.S)).toEqual(['{"value":3}']);
    expect(withoutMetadata.map(({ m }) => m)).toEqual([undefined]);
  });
});

describe('events of several endpoints', () => {
  it('that differ only in their kind are separate rows of one history, sorted by time', async () => {
    const org = await newOrgWith(SARAH);
    const days = ['2025-03-04', '2025-03-02', '2025-02-28', '2025-03-01', '2025-03-03'];

    for (const [at, shape] of EVENT_IMPORTS.entries()) {
      await importEntries(org, shape, [
        shape.anEntry({ occurredAt: `${days[at]}T00:00:00Z`, eventId: 'e-1' }),
        shape.anEntry({ occurredAt: '2025-03-05T00:00:00Z', eventId: 'e-1' }),
      ]);
    }

    const rows = await eventRows(org, SARAH);
    expect(rows.map(({ sk }) => sk?.S?.slice(0, 10))).toEqual([
      ...days.toSorted(),
      ...EVENT_IMPORTS.map(() => '2025-03-05'),
    ]);
  });
});

describe('metadata', () => {
  it.each([
    ['integers beyond a double', '{"id":12345678901234567890,"small":-9007199254740993}'],
    ['decimals as written', '{"a":1.0,"b":0.10,"c":129.990,"d":3.14159265358979323846}'],
    ['exponents', '{"a":1e400,"b":-1E5,"c":1e-400,"d":2.50e+10}'],
    ['a negative zero', '{"a":-0,"b":[-0.0,0]}'],
    ['numbers inside of texts', '{"a":"1.0","b":"[1.0,","c":": 1e400}"}'],
    ['nesting', '{"a":{"b":[{"c":[[],[{}],[[1.0]]]}]}}'],
    ['deep nesting', `{"a":${'['.repeat(99)}1.0${']'.repeat(99)}}`],
    ['null, booleans and empty values', '{"a":null,"b":"","c":{},"d":[],"e":false,"":true}'],
    ['unicode', '{"é":"Łódź 東京 עברית","e\u0301":"\u0301","nul":"\\u0000\\u001f\u2028"}'],
    ['emoji', '{"🏙️":"👩‍👩‍👧‍👦🇪🇺"}'],
    ['lone surrogates', '{"a":"\\ud83d","b":"\\udfff\\ud800","\\udc00":1}'],
    ['escapes', '{"a":"\\"\\\\\\n\\t/"}'],
    ['names of object members', '{"__proto__":{"a":1},"constructor":{"prototype":null},"toString":1.0}'],
    ['names that the service uses itself', '{"contactEmail":"x","rawJSON":"1.0","S":"x","N":"1"}'],
  ])('is stored as it was sent: %s', async (_what, metadata) => {
    const org = await newOrgWith(SARAH);
    const event = JSON.stringify(anEmailEntry()).slice(0, -1);

    const answer = await importText(org, EMAIL, `[${event},"metadata":${metadata}}]`);

    expect(answer.body).toEqual({ imported: 1, skipped: 0, errors: [] });
    expect((await eventRows(org, SARAH)).map(({ m }) => m?.S)).toEqual([metadata]);
  });

  it('distinguishes events by numbers that are equal as doubles', async () => {
    const org = await newOrgWith(SARAH);
    const event = JSON.stringify(anEmailEntry()).slice(0, -1);
    const texts = ['12345678901234567890', '12345678901234567891', '12345678901234567890'];

    await importText(org, EMAIL, `[${texts.map((id) => `${event},"metadata":{"id":${id}}}`)}]`);

    const rows = await eventRows(org, SARAH);
    expect(rows.map(({ m }) => m?.S).toSorted()).toEqual([`{"id":${texts[0]}}`, `{"id":${texts[1]}}`]);
  });
});

describe('contacts', () => {
  it('that concurrent calls create are created once, with the attributes of every call', async () => {
    const org = await newOrg();
    const emails = Array.from({ length: 100 }, (_, at) => `contact-${at}@example.com`);
    const entriesOf = (call: number) =>
      emails.map((email) => ({ email, attributes: { [`call${call}`]: true } }));

    const answers = await Promise.all(
      [0, 1, 2].map((call) => importEntries(org, CONTACT_IMPORT, entriesOf(call))),
    );

    const reported = answers.flatMap(
      ({ body }) => body.contacts as { contactId: string; created: boolean }[],
    );
    expect(reported).toHaveLength(300);
    expect(new Set(reported.map(({ contactId }) => contactId)).size).toBe(100);
    const created = reported.filter((contact) => contact.created);
    expect(new Set(created.map(({ contactId }) => contactId)).size).toBe(100);
    expect(created).toHaveLength(100);
    for (const email of emails) {
      const row = await contactRow(org, email);
      expect(Object.keys(row?.['attributes']?.M ?? {}).toSorted()).toEqual(['call0', 'call1', 'call2']);
      expect(await standingRow(org, email)).toMatchObject({ version: { N: '0' } });
      expect(await identityRow(org, email)).toBeDefined();
    }
  });

  it('are all stored if ten calls change the same two hundred at once', async () => {
    const org = await newOrg();
    const emails = Array.from({ length: 200 }, (_, at) => `contact-${at}@example.com`);
    const calls = Array.from({ length: 10 }, (_, call) =>
      emails.map((email) => ({ email, attributes: { [`call${call}`]: true } })),
    );

    const answers = await Promise.all(calls.map((entries) => importEntries(org, CONTACT_IMPORT, entries)));

    expect(answers.map(({ status }) => status)).toEqual(calls.map(() => 200));
    const row = await contactRow(org, 'contact-7@example.com');
    expect(Object.keys(row?.['attributes']?.M ?? {})).toHaveLength(10);
  }, 60_000);

  it('are created ten thousand in a call', async () => {
    const org = await newOrg();
    const entries = Array.from({ length: 10_000 }, (_, at) => ({ email: `contact-${at}@example.com` }));

    const { body } = await importEntries(org, CONTACT_IMPORT, entries);

    expect(body).toMatchObject({ imported: 10_000, skipped: 0, errors: [] });
    expect(body.contacts.every(({ created }: { created: boolean }) => created)).toBe(true);
    const rows = await batchGet(
      tableName(OUTPUT.contactsTable),
      body.contacts.map(({ contactId }: { contactId: string }) => ({
        pk: { S: `${org.orgId}#${contactId}` },
      })),
      { client: stackDynamo(), budget: budgetOf(20_000) },
    );
    expect(new Set(rows.map((row) => contactOf(stateOfItem(row)).email))).toEqual(
      new Set(entries.map(({ email }) => email)),
    );
  }, 30_000);
});
