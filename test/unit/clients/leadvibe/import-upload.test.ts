import { createImportUpload, type ImportUploadDeps, MAX_ROWS } from '#functions/clients/leadvibe/handler.ts';
import { identityIdOf } from '#shared/identities/contact-id.ts';
import { OutOfTimeError } from '#shared/time/out-of-time.ts';
import { aRequest, NOW, ORG, SARAH, SARAH_ID } from '#test/support/builders.ts';
import { CLIENT_KEY } from '#test/support/client-requests.ts';
import { errorOf } from '#test/support/import-world.ts';
import { aState } from '#test/support/linking.ts';
import {
  aForm,
  CURL_PART,
  DOCUMENTED_BY_EMAIL,
  DOCUMENTED_BY_LEAD,
  FORM_TYPE,
} from '#test/support/uploads.ts';

type Batch = Parameters<ImportUploadDeps['importMessages']>[0];
type Outcome = Awaited<ReturnType<ImportUploadDeps['importMessages']>>;

const LEAD_ID = identityIdOf(ORG, { namespace: 'leadId', value: 'ld_1' });

const SARAH_CONTACT = aState([{ namespace: 'email', value: SARAH }]);

/** An import that stores the valid rows as two contacts. */
const storing = ({ translations }: Batch): Outcome => {
  const errors = translations.flatMap((each, index) =>
    each.kind === 'rejected' ? [{ index, identifier: null, reason: each.reason }] : [],
  );
  const imported = translations.length - errors.length;
  const contacts = new Set(imported === 0 ? [] : [SARAH_ID, LEAD_ID]);
  return { kind: 'completed', importId: 'imp_1', imported, left: 0, errors, contacts, notLinked: [] };
};

const aStage = (options: { outcome?: (batch: Batch) => Outcome; refreshed?: Error; wait?: number } = {}) => {
  const batches: Batch[] = [];
  const refreshes: unknown[] = [];
  const reads: unknown[] = [];
  let at = NOW;
  const operation = createImportUpload({
    ownerOf: async (apiKey) => (apiKey === CLIENT_KEY ? { orgId: ORG, keyId: 'key_1' } : undefined),
    throttle: async () => options.wait,
    importMessages: async (batch) => {
      batches.push(batch);
      return (options.outcome ?? storing)(batch);
    },
    contacts: {
      read: async (orgId, ids, { budget }) => {
        reads.push([orgId, ids, budget.deadline - NOW]);
        return { ownerOf: (id) => (id === SARAH_ID ? SARAH_CONTACT : undefined) };
      },
    },
    refresh: async (orgId, contactIds) => {
      refreshes.push([orgId, contactIds]);
      if (options.refreshed !== undefined) throw options.refreshed;
    },
    now: () => at,
  });
  const upload = (csv: string, overrides: Parameters<typeof aRequest>[0] = {}) =>
    operation(
      aRequest({
        orgId: '',
        headers: { authorization: `Bearer ${CLIENT_KEY}` },
        body: aForm([CURL_PART, csv]),
        contentType: FORM_TYPE,
        ...overrides,
      }),
    );
  const pass = (ms: number) => {
    at += ms;
  };
  return { upload, batches, reads, refreshes, pass };
};

describe('the upload of a file', () => {
  it('without a valid key is refused before the file is read', async () => {
    const { upload, batches } = aStage();

    const error = await errorOf(upload('no file', { headers: {} }));

    expect(error).toMatchObject({ statusCode: 401, code: 'unauthorized' });
    expect(batches).toEqual([]);
  });

  it('over the rate of its organisation is refused with 429', async () => {
    const { upload, batches } = aStage({ wait: 1 });

    const error = await errorOf(upload(DOCUMENTED_BY_LEAD));

    expect(error).toMatchObject({ statusCode: 429, headers: { 'Retry-After': '1' } });
    expect(batches).toEqual([]);
  });

  it.each([
    ['leads', DOCUMENTED_BY_LEAD, 3],
    ['addresses', DOCUMENTED_BY_EMAIL, 2],
  ])('imports the documented file of %s, and has its contacts refreshed', async (_, csv, imported) => {
    const { upload, batches, refreshes } = aStage();

    const answer = await upload(csv);

    expect(answer).toEqual({
      statusCode: 202,
      headers: { 'x-import-id': 'imp_1' },
      body: { imported, errors: 0, importId: 'imp_1' },
    });
    expect(batches).toMatchObject([{ orgId: ORG, source: 'leadvibe', receivedAt: NOW }]);
    expect(batches[0]?.translations.map(({ kind }) => kind)).toEqual(Array(imported).fill('message'));
    expect(refreshes).toEqual([[ORG, [SARAH_ID, LEAD_ID]]]);
  });

  it('counts the rows that break a rule', async () => {
    const { upload, batches } = aStage();

    const { body } = await upload('email,event_type\njane@acme.com,page_view\njane,page_view\njane@acme.com');

    expect(body).toEqual({ imported: 1, errors: 2, importId: 'imp_1' });
    expect(batches[0]?.translations).toMatchObject([
      { kind: 'message' },
      { kind: 'rejected', reason: 'email is not a valid email address' },
      { kind: 'rejected', reason: 'Wrong number of fields: 1 instead of 2' },
    ]);
  });

  it.each(['email,event_type', 'email,event_type\njane,page_view'])(
    'refreshes nothing if no row is stored: %j',
    async (csv) => {
      const { upload, refreshes } = aStage();

      expect(await upload(csv)).toMatchObject({ statusCode: 202, body: { imported: 0 } });
      expect(refreshes).toEqual([]);
    },
  );

  it.each(['true', 'false', undefined])('takes skip_triggers=%s', async (value) => {
    const { upload } = aStage();

    const answer = await upload(DOCUMENTED_BY_LEAD, { query: { skip_triggers: value } });

    expect(answer).toMatchObject({ statusCode: 202, body: { imported: 3 } });
  });

  it('reads the contacts whose ids it has as lead_id, each once, and no others', async () => {
    const { upload, batches, reads } = aStage();

    await upload(`lead_id,event_type\n${SARAH_ID},x\n${LEAD_ID},x\n${SARAH_ID},y\nld_1,x`);
    await upload(DOCUMENTED_BY_LEAD);

    expect(reads).toEqual([[ORG, [SARAH_ID, LEAD_ID], 20_000]]);
    expect(batches[0]?.translations).toMatchObject([
      { kind: 'message', message: { names: { email: SARAH } } },
      { kind: 'rejected', reason: 'Contact not found' },
      { kind: 'message', message: { names: { email: SARAH } } },
      { kind: 'message', message: { names: { leadId: 'ld_1' } } },
    ]);
  });

  it('may have U+FFFD if nothing was replaced', async () => {
    const { upload, batches } = aStage();

    await upload('email,event_type\njane@acme.com,\uFFFD');

    expect(batches[0]?.translations).toMatchObject([{ message: { event: { type: '\uFFFD' } } }]);
  });

  it('succeeds although time runs out for the refresh, and fails if the refresh is broken', async () => {
    const late = aStage({ refreshed: new OutOfTimeError('Too late') });
    const broken = aStage({ refreshed: new Error('AccessDenied') });

    expect(await late.upload(DOCUMENTED_BY_LEAD)).toMatchObject({ statusCode: 202 });
    await expect(broken.upload(DOCUMENTED_BY_LEAD)).rejects.toThrow('AccessDenied');
  });
});

describe('the time of an upload', () => {
  it('ends early enough to start the refresh before API Gateway’s time-out', async () => {
    const ends: number[] = [];
    const { upload, pass } = aStage({
      outcome: (batch) => {
        ends.push(batch.budget.work.deadline - NOW);
        pass(batch.budget.work.deadline - NOW);
        ends.push(batch.budget.closing().deadline - NOW);
        return storing(batch);
      },
    });

    await upload(DOCUMENTED_BY_LEAD);

    expect(ends).toEqual([20_000, 24_000]);
  });

  it.each<[string, Outcome, string, object]>([
    [
      'some rows are left',
      {
        kind: 'incomplete',
        importId: 'imp_1',
        imported: 1,
        left: 2,
        errors: [],
        contacts: new Set([SARAH_ID]),
        notLinked: [],
      },
      '2 of 3 rows could not be stored in time.',
      { 'x-import-id': 'imp_1' },
    ],
    [
      'all rows are left',
      { kind: 'nothing-stored', left: 3 },
      '3 of 3 rows could not be stored in time.',
      {},
    ],
    [
      'the receipt is not closed',
      {
        kind: 'not-closed',
        importId: 'imp_1',
        imported: 3,
        left: 0,
        errors: [],
        contacts: new Set([SARAH_ID]),
        notLinked: [],
      },
      'The receipt could not be completed in time.',
      { 'x-import-id': 'imp_1' },
    ],
  ])('is over if %s: 503', async (_, outcome, message, headers) => {
    const { upload, refreshes } = aStage({ outcome: () => outcome });

    const error = await errorOf(upload(DOCUMENTED_BY_LEAD));

    expect(error).toMatchObject({
      statusCode: 503,
      message: `${message} Sending the same file again is safe.`,
      headers,
    });
    expect(refreshes).toEqual([]);
  });

  it('is over for a file whose rows take the time of the upload, which the error says', async () => {
    const { upload } = aStage({ outcome: () => ({ kind: 'nothing-stored', left: 2 }) });

    const { message } = await errorOf(
      upload('email,event_type,timestamp\na@b.co,x,2025-06-15T10:30:00Z\na@b.co,x,\n'),
    );

    expect(message).toBe(
      '2 of 2 rows could not be stored in time. Sending the same file again is safe, except for rows without a timestamp: ' +
        'those that are stored would be stored again.',
    );
  });
});

describe('an upload that cannot be imported', () => {
  const csv = DOCUMENTED_BY_LEAD;

  it.each<[string, string, Parameters<typeof aRequest>[0], string]>([
    ['no form', csv, { contentType: 'text/csv' }, 'The body must be multipart/form-data with a field "file"'],
    [
      'no file',
      csv,
      { body: aForm(['Content-Disposition: form-data; name="x"', '']) },
      'The body has no field "file"',
    ],
    ['an empty file', '', {}, 'The file is empty; its first line must name the columns'],
    [
      'malformed CSV',
      'email,event_type\n"',
      {},
      'Malformed CSV at line 2: the last quotation mark is not closed',
    ],
    [
      'no type',
      'email\na@b.co',
      {},
      'The first line must name the columns, separated by commas; event_type is missing',
    ],
    [
      'bytes that are not UTF-8',
      csv,
      { isBodyIntact: false },
      'The file must be UTF-8; it has U+FFFD, which replaces bytes that are not',
    ],
    ['a wrong parameter', csv, { query: { skip_triggers: '1' } }, 'skip_triggers must be true or false'],
    ['an empty parameter', csv, { query: { skip_triggers: '' } }, 'skip_triggers must be true or false'],
  ])('has %s: 400', async (_, file, overrides, message) => {
    const { upload, batches } = aStage();

    const error = await errorOf(upload(file, overrides));

    expect([error.statusCode, error.message]).toEqual([400, message]);
    expect(batches).toEqual([]);
  });

  it.each([
    ['bytes', `email,event_type\n${'x'.repeat(6 * 1024 * 1024)}`, 'The body has more than 6291456 bytes'],
    ['rows', `email,event_type\n${'a@b.co,x\n'.repeat(MAX_ROWS + 1)}`, 'The file has more than 100000 rows'],
  ])('has too many %s: 413', async (_, file, rule) => {
    const { upload, batches } = aStage();

    const error = await errorOf(upload(file));

    expect([error.statusCode, error.code, error.message]).toEqual([
      413,
      'body_too_large',
      `${rule}; nothing was imported. Larger files are imported by /v1/imports/files`,
    ]);
    expect(batches).toEqual([]);
  });
});
