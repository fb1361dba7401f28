import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { createKeyStore } from '#shared/keys/key-store.ts';
import { type Answer, newOrg, send, type TestOrg } from '#test/support/api.ts';
import { SARAH } from '#test/support/builders.ts';
import { type ErrorSource, errorBody } from '#test/support/error-bodies.ts';
import {
  CONTACT_IMPORT,
  EVENT_IMPORTS,
  IMPORTS,
  importEntries,
  importText,
  instant,
  newOrgWith,
} from '#test/support/imports.ts';
import { contactRow, eventRows, receiptRows, tableName } from '#test/support/tables.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

/** Expects an error in the common shape. @returns its message */
const expectError = (
  answer: Answer,
  status: number,
  code: string,
  source: ErrorSource = 'operation',
): string => {
  expect([answer.status, answer.body?.error?.code]).toEqual([status, code]);
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  expect(answer.body).toEqual(errorBody(code, source));
  return answer.body.error.message;
};

describe.each(IMPORTS)('the envelope of POST $path', (shape) => {
  const { path, field, limit, endpoint } = shape;

  it('may be empty, and also creates a receipt', async () => {
    const org = await newOrg();

    const answer = await importEntries(org, shape, []);

    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ imported: 0, skipped: 0, errors: [] });
    const receipt = await org.get(`/v1/imports/${answer.headers.get('x-import-id')}`);
    expect(receipt.body).toMatchObject({
      endpoint,
      state: 'completed',
      received: 0,
      imported: 0,
      skipped: 0,
    });
  });

  it('is accepted up to 6 MiB, counted in bytes, and rejected above', async () => {
    const org = await newOrg();
    const overhead = Buffer.byteLength(`{"${field}":[{"x":""}]}`);
    const bodyOf = (bytes: number) =>
      `[{"x":"${'é'.repeat(Math.floor((bytes - overhead) / 2))}${'x'.repeat((bytes - overhead) % 2)}"}]`;
    const most = 6 * 1024 * 1024;

    const over = await importText(org, shape, bodyOf(most + 1));
    const receiptsOfOver = await receiptRows(org);
    const just = await importText(org, shape, bodyOf(most));

    expect(expectError(over, 413, 'body_too_large')).toContain('send smaller batches');
    expect(receiptsOfOver).toEqual([]);
    expect(just.status).toBe(200);
    expect(just.body).toMatchObject({ imported: 0, skipped: 1 });
  }, 15_000);

  it('is rejected with one entry more than the limit, and nothing is stored', async () => {
    const org = await newOrgWith(SARAH);
    const earlier = await receiptRows(org);
    const entries = EVENT_IMPORTS.find((one) => one.path === path);
    const one = entries?.anEntry() ?? { email: 'new@example.com' };

    const answer = await importEntries(org, shape, Array(limit + 1).fill(one));

    expect(expectError(answer, 413, 'batch_too_large')).toBe(
      `"${field}" has ${limit + 1} entries, at most ${limit} are allowed; nothing was imported`,
    );
    expect(answer.headers.get('x-import-id')).toBeNull();
    expect(await eventRows(org, SARAH)).toEqual([]);
    expect(await contactRow(org, 'new@example.com')).toBeUndefined();
    expect(await receiptRows(org)).toEqual(earlier);
  });
});

describe.each(EVENT_IMPORTS)('POST $path', ({ anEntry, ...shape }) => {
  it('stores as many events as the limit allows', async () => {
    const org = await newOrgWith(SARAH);
    const from = Date.parse('2024-02-28T23:59:55Z');
    const entries = Array.from({ length: shape.limit }, (_, at) =>
      anEntry({ occurredAt: instant(at, from) }),
    );

    const answer = await importEntries(org, shape, entries);

    expect(answer.body).toEqual({ imported: shape.limit, skipped: 0, errors: [] });
    const moments = (await eventRows(org, SARAH)).map(({ sk }) => sk?.S?.slice(0, 24));
    expect(moments).toEqual(entries.map(({ occurredAt }) => occurredAt));
  }, 30_000);

  it('returns the id of a receipt that can be read and is listed first', async () => {
    const org = await newOrgWith(SARAH);
    const bad = { type: 'forward', location: 7, name: 7 };

    const answer = await importEntries(org, shape, [anEntry(), anEntry(), anEntry(bad), anEntry(bad), null]);

    const id = answer.headers.get('x-import-id');
    const receipt = {
      id,
      endpoint: shape.endpoint,
      receivedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      state: 'completed',
      received: 5,
      contacts: 1,
      imported: 2,
      skipped: 3,
      reasons: { [reasonOf(answer.body.errors[0].reason)]: 2, 'Event must be an object': 1 },
      completedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      note: null,
    };
    const alone = await org.get(`/v1/imports/${id}`);
    expect(alone.status).toBe(200);
    // The response to a batch lists its errors itself.
    expect(alone.body).toEqual({ ...receipt, errors: [], notLinked: [] });
    const list = await org.get('/v1/imports');
    expect(list.body.items.map((item: { endpoint: string }) => item.endpoint)).toEqual([
      shape.endpoint,
      CONTACT_IMPORT.endpoint,
    ]);
    expect(list.body.items[0]).toEqual(receipt);
  });
});

describe('every batch endpoint', () => {
  /** Sends a body to each endpoint, with `FIELD` replaced by the name of its array. */
  const sendToAll = (org: TestOrg, body: string, type = 'application/json') =>
    Promise.all(
      IMPORTS.map(async ({ path, field }) => ({
        field,
        answer: await org.send(path, {
          method: 'POST',
          headers: { 'content-type': type },
          body: body.replace('FIELD', field),
        }),
      })),
    );

  it.each([
    ['', 'The body is not valid JSON'],
    ['{', 'The body is not valid JSON'],
    ['{"FIELD": [}', 'The body is not valid JSON'],
    ['null', 'The body must be a JSON object'],
    ['[]', 'The body must be a JSON object'],
    ['1e999', 'The body must be a JSON object'],
    ['"text"', 'The body must be a JSON object'],
    ['{"items": []}', 'The body must have an array "FIELD"'],
    ['{"FIELD": null}', '"FIELD" must be an array'],
    ['{"FIELD": {}}', '"FIELD" must be an array'],
    ['{"FIELD": "[]"}', '"FIELD" must be an array'],
  ])('rejects the body %j with the cause', async (body, message) => {
    const org = await newOrg();

    const answers = await sendToAll(org, body);

    for (const { field, answer } of answers) {
      expect(expectError(answer, 400, 'bad_request')).toContain(message.replace('FIELD', field));
      expect(answer.headers.get('x-import-id')).toBeNull();
    }
    expect(await receiptRows(org)).toEqual([]);
  });

  it.each(['text/plain', 'text/csv', 'application/x-www-form-urlencoded', 'application/json-seq'])(
    'rejects %s',
    async (type) => {
      const org = await newOrg();

      const answers = await sendToAll(org, '{"FIELD":[]}', type);

      for (const { answer } of answers) expectError(answer, 415, 'unsupported_media_type');
      expect(await receiptRows(org)).toEqual([]);
    },
  );

  it.each(['application/json; charset=utf-8', 'Application/JSON', 'application/vnd.api+json'])(
    'accepts %s',
    async (type) => {
      const org = await newOrg();

      const answers = await sendToAll(org, '{"FIELD":[]}', type);

      expect(answers.map(({ answer }) => answer.status)).toEqual(IMPORTS.map(() => 200));
    },
  );
});

/** Receipts count by rule, without the values that a reason quotes. */
const reasonOf = (reason: string): string => reason.split(':')[0] as string;

describe('a request without a valid key', () => {
  const revokedKey = async (): Promise<string> => {
    const { orgId, apiKey } = await newOrg();
    const keys = createKeyStore(createDynamoClient(), tableName(OUTPUT.keysTable));
    const [key] = await keys.keysOf(orgId);
    await keys.revoke(orgId, key?.keyId ?? '', new Date().toISOString());
    return apiKey;
  };

  it.each([
    ['no key', async () => undefined],
    ['an empty key', async () => ''],
    ['a malformed key', async () => 'secret'],
    ['an unknown key', async () => `pp_${'a'.repeat(43)}`],
    ['the id of an organisation', async () => (await newOrg()).orgId],
    ['a revoked key', revokedKey],
  ])('is rejected by every import endpoint: %s', async (_what, keyOf) => {
    const key = await keyOf();

    const answers = await Promise.all(
      IMPORTS.map(({ path, field }) =>
        send(path, {
          method: 'POST',
          headers: { ...JSON_TYPE, ...(key !== undefined && { 'x-api-key': key }) },
          body: `{"${field}":[]}`,
        }),
      ),
    );

    for (const answer of answers) expectError(answer, 401, 'unauthorized', 'gateway');
  });

  it.each(['Authorization', 'apikey'])('cannot pass its key in the header %s', async (header) => {
    const { apiKey } = await newOrg();

    const answer = await send('/v1/imports', { headers: { [header]: apiKey } });

    expectError(answer, 401, 'unauthorized', 'gateway');
  });

  it('cannot pass its key in the query', async () => {
    const { apiKey } = await newOrg();

    const answer = await send(`/v1/imports?x-api-key=${apiKey}&X-API-Key=${apiKey}`);

    expectError(answer, 401, 'unauthorized', 'gateway');
  });
});
