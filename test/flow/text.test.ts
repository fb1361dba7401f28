import { newOrg, type TestOrg } from '#test/support/api.ts';
import { anEmailEntry, SARAH } from '#test/support/builders.ts';
import { CONTACT_IMPORT, EVENT_IMPORTS, importText, newOrgWith } from '#test/support/imports.ts';
import { REFRESH } from '#test/support/refreshes.ts';
import { contactRow, eventRows, receiptRows } from '#test/support/tables.ts';

const [EMAIL, , , HISTORY] = EVENT_IMPORTS;
const RULE = '{"event":{"kind":"email"}}';

/** Sends bytes as they are. */
const post = (org: TestOrg, path: string, body: Uint8Array, headers: Record<string, string> = {}) =>
  org.send(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(body),
  });

const emailEvent = (metadata: string): string =>
  `{"events":[${JSON.stringify(anEmailEntry()).slice(0, -1)},"metadata":${metadata}}]}`;

describe('a body that is not UTF-8', () => {
  it.each([
    ['Latin-1', Buffer.from(emailEvent('{"subject":"Café"}'), 'latin1')],
    [
      'a cut character',
      Buffer.concat([
        Buffer.from(emailEvent('{"a":"x"}').replace('x"}}]}', '')),
        Buffer.from([0xe2, 0x82]),
        Buffer.from('"}}]}'),
      ]),
    ],
  ])('answers 400, and nothing is stored: %s', async (_what, bytes) => {
    const org = await newOrgWith(SARAH);
    const earlier = await receiptRows(org);

    const answer = await post(org, EMAIL.path, bytes);

    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'bad_request' } } });
    expect(answer.body.error.message).toContain('UTF-8');
    expect(await eventRows(org, SARAH)).toEqual([]);
    expect(await receiptRows(org)).toEqual(earlier);
  });

  it('is not mistaken for text that has the replacement character', async () => {
    const org = await newOrgWith(SARAH);
    const metadata = '{"subject":"Caf\ufffd \ufeff"}';

    const answer = await post(org, EMAIL.path, Buffer.from(`\ufeff${emailEvent(metadata)}`));

    expect(answer.body).toEqual({ imported: 1, skipped: 0, errors: [] });
    expect((await eventRows(org, SARAH)).map(({ m }) => m?.S)).toEqual([metadata]);
  });
});

describe('a lone surrogate', () => {
  it.each([
    ['POST', '/v1/segments', `{"name":"\\ud83d","rule":${RULE}}`, 'name'],
    [
      'POST',
      '/v1/segments',
      '{"name":"x","rule":{"attribute":{"name":"\\udc00","exists":true}}}',
      'rule.attribute.name',
    ],
    ['PUT', '/v1/scoring', '{"weights":{"web.\\ud83d":1}}', 'weights.web'],
    ['POST', REFRESH, '{"contactIds":["\\ud83d"]}', 'contactIds[0]'],
  ])('in %s %s %s answers 400, with its path', async (method, path, body, name) => {
    const org = await newOrg();

    const answer = await org.send(path, { method, headers: { 'content-type': 'application/json' }, body });

    expect(answer.status).toBe(400);
    expect(answer.body.error.message).toMatch(/ must be text without lone surrogates$/);
    expect(answer.body.error.message).toContain(name);
  });

  it('in an entry refuses that entry alone', async () => {
    const org = await newOrgWith(SARAH);
    const entries = [
      { contactEmail: 'sa\ud83drah@example.com' },
      { eventId: '\ud83d' },
      { location: '\udc00' },
      { source: 'gps\ud83d' },
      {},
    ].map((overrides) => JSON.stringify(HISTORY.anEntry(overrides)));

    const events = await importText(org, HISTORY, `[${entries}]`);
    const contacts = await importText(
      org,
      CONTACT_IMPORT,
      '[{"email":"a\\ud83d@b.co"},{"email":"a@b.co","externalId":"\\udc00"},{"email":"a@b.co","attributes":{"\\ud83d":1}},{"email":"c@d.co"}]',
    );

    const indexes = (errors: readonly { readonly index: number }[]) => errors.map(({ index }) => index);
    expect(events.body).toMatchObject({ imported: 1, skipped: 4 });
    expect(indexes(events.body.errors)).toEqual([0, 1, 2, 3]);
    expect(events.body.errors[0].contactEmail).toBe('sa\ud83drah@example.com');
    expect(contacts.body).toMatchObject({ imported: 1, skipped: 3 });
    expect(indexes(contacts.body.errors)).toEqual([0, 1, 2]);
  });

  it('in a value that is kept as JSON is returned as it was sent', async () => {
    const org = await newOrg();
    await importText(org, CONTACT_IMPORT, `[{"email":"${SARAH}","attributes":{"note":"\\ud83d"}}]`);

    const { text } = await org.get(`/v1/contacts?email=${SARAH}`);

    expect(text).toContain('"attributes":{"note":"\\ud83d"}');
    expect((await contactRow(org, SARAH))?.['attributes']?.M?.['note']?.S).toMatch(/^\d+ "\\ud83d"$/);
  });
});

describe('an entry that is nested too deeply', () => {
  it('is refused alone, beside numbers that are returned as they were sent', async () => {
    const org = await newOrgWith(SARAH);
    const event = (metadata: string, eventId: string) =>
      `${JSON.stringify(anEmailEntry({ eventId })).slice(0, -1)},"metadata":${metadata}}`;
    const deep = `{"price":1.0,"a":${'['.repeat(3_000)}1.0${']'.repeat(3_000)}}`;

    const { status, body } = await importText(
      org,
      EMAIL,
      `[${event('{"price":1.0}', 'a')},${event(deep, 'b')},${event('{"price":2.50}', 'c')}]`,
    );

    expect(status).toBe(200);
    expect(body).toMatchObject({
      imported: 2,
      errors: [{ index: 1, reason: 'metadata must be nested at most 100 levels deep' }],
    });
    const stored = (await eventRows(org, SARAH)).map(({ m }) => m?.S);
    expect(stored.toSorted()).toEqual(['{"price":1.0}', '{"price":2.50}']);
  });
});

describe('a plus sign in a query', () => {
  it('that is not encoded answers 400 with how to write it; encoded it is understood', async () => {
    const email = 'sarah+news@example.com';
    const org = await newOrgWith(email);
    const chart = (from: string) => `/v1/analytics/email?from=${from}&to=2025-01-02`;

    const [plain, encoded] = [email, encodeURIComponent(email)].map((text) =>
      org.get(`/v1/contacts?email=${text}`),
    );
    const [from, encodedFrom] = ['+', '%2B'].map((plus) => org.get(chart(`2025-01-01T00:00:00${plus}01:00`)));

    for (const answer of [await plain, await from]) {
      expect(answer?.status).toBe(400);
      expect(answer?.body.error.message).toContain('%2B');
    }
    expect((await encoded)?.body.email).toBe(email);
    expect((await encodedFrom)?.status).toBe(200);
  });
});
