import { ERASING_NOT_SUPPORTED } from '#shared/clients/not-supported.ts';
import { newApiKey } from '#shared/keys/api-key.ts';
import { NOW, ORG } from '#test/support/builders.ts';
import { aCall, aClientStage, basic, CLIENT_KEY } from '#test/support/client-requests.ts';

const TRACK = { userId: '5', event: 'purchased', timestamp: '2025-11-15T10:30:00Z', messageId: 'm-1' };

describe('a call of a Segment-shaped client', () => {
  it('is answered when its message is in the queue', async () => {
    const { accept, sent } = aClientStage();

    const answer = await accept(aCall('/v1/track', TRACK));

    expect(answer).toEqual({ statusCode: 200, body: { status: 200, success: true } });
    expect(sent).toEqual([
      [
        {
          orgId: ORG,
          format: 'segment',
          receivedAt: NOW,
          first: 0,
          messages: [JSON.stringify({ ...TRACK, type: 'track' })],
        },
      ],
    ]);
  });

  it('keeps numbers as they were written', async () => {
    const { accept, sent } = aClientStage();
    const body = '{"userId":"5","event":"e","properties":{"id":12345678901234567890,"price":1.0}}';

    await accept(aCall('/v1/track', body));

    expect(sent[0]?.[0]?.messages[0]).toContain('{"id":12345678901234567890,"price":1.0}');
  });

  it('accepts a message that breaks a rule, which is tried later', async () => {
    const { accept, messages } = aClientStage();

    const { statusCode } = await accept(aCall('/v1/track', { userId: '5' }));

    expect(statusCode).toBe(200);
    expect(messages()).toHaveLength(1);
  });

  it.each([
    ['the header X-Strict-Mode', { headers: { 'x-strict-mode': '1' } }],
    ['the parameter strict', { query: { strict: '1' } }],
  ])('is refused at once with %s, naming the rule', async (_what, strict) => {
    const { accept, sent } = aClientStage();

    const answer = accept(aCall('/v1/track', { userId: '5' }, strict));

    await expect(answer).rejects.toMatchObject({ statusCode: 400, message: 'event is required' });
    expect(sent).toEqual([]);
  });

  it('names the position of a refused message of a batch', async () => {
    const { accept, sent } = aClientStage();
    const batch = [
      { ...TRACK, type: 'track' },
      { type: 'track', userId: '5' },
    ];

    const answer = accept(aCall('/v1/batch', { batch }, { query: { strict: '1' } }));

    await expect(answer).rejects.toMatchObject({ message: 'batch[1]: event is required' });
    expect(sent).toEqual([]);
  });

  it('answers 501 for a message that is not supported, also in a batch', async () => {
    const { accept, sent } = aClientStage();
    const deletion = { type: 'track', userId: '5', event: 'User Deleted' };
    const batch = [{ ...TRACK, type: 'track' }, deletion];

    const answer = accept(aCall('/v1/batch', { batch }, { query: { strict: '1' } }));

    await expect(answer).rejects.toMatchObject({
      statusCode: 501,
      message: `batch[1]: ${ERASING_NOT_SUPPORTED}`,
    });
    expect(sent).toEqual([]);
  });

  it('of 2,501 messages is refused with 400, which ends the attempts of all clients', async () => {
    const { accept, sent } = aClientStage();
    const batch = Array(2_501).fill({ ...TRACK, type: 'track' });

    const answer = accept(aCall('/v1/batch', { batch }));

    await expect(answer).rejects.toMatchObject({ statusCode: 400 });
    await expect(answer).rejects.toThrow(/2,?500/);
    expect(sent).toEqual([]);
  });

  it('of 900 KB is accepted', async () => {
    const { accept, messages } = aClientStage();
    const batch = Array.from({ length: 15 }, (_, nth) => ({
      ...TRACK,
      type: 'track',
      messageId: `m-${nth}`,
      properties: { text: 'x'.repeat(60_000) },
    }));

    const { statusCode } = await accept(aCall('/v1/batch', { batch }));

    expect(statusCode).toBe(200);
    expect(messages()).toHaveLength(15);
  });

  it('with a message that the queue cannot hold is refused as a whole', async () => {
    const { accept, sent } = aClientStage();
    const batch = [TRACK, { ...TRACK, properties: { text: 'x'.repeat(500_000) } }];

    const answer = accept(aCall('/v1/batch', { batch }));

    await expect(answer).rejects.toMatchObject({ statusCode: 400 });
    await expect(answer).rejects.toThrow(/^Message 1 has more than/);
    expect(sent).toEqual([]);
  });

  it('refuses a batch whose messages are too large together, because each has the context of the batch', async () => {
    const { accept, sent } = aClientStage();
    const batch = Array.from({ length: 100 }, () => ({ type: 'track', userId: '5', event: 'e' }));

    const answer = accept(aCall('/v1/batch', { batch, context: { text: 'x'.repeat(400_000) } }));

    await expect(answer).rejects.toThrow(/^The messages, each with the context of the batch, have more than/);
    expect(sent).toEqual([]);
  });

  it.each([
    ['text', '{"userId":', /^The body is not valid JSON/],
    ['an array', '[]', /^The body must be a JSON object/],
    ['no array in a batch', '{"batch":{}}', /batch/],
  ])('is refused with 400 if its body is malformed: %s', async (_what, body, message) => {
    const { accept } = aClientStage();

    const answer = accept(aCall('/v1/batch', body));

    await expect(answer).rejects.toMatchObject({ statusCode: 400 });
    await expect(answer).rejects.toThrow(message);
  });

  it.each(['application/json', 'application/x-www-form-urlencoded', 'text/plain', undefined])(
    'is JSON whatever its content type says: %s',
    async (contentType) => {
      const { accept, messages } = aClientStage();

      await accept(aCall('/v1/track', TRACK, { contentType }));

      expect(messages()).toEqual([{ ...TRACK, type: 'track' }]);
    },
  );

  it('keeps the character that stands for lost ones, and those that the queue refuses', async () => {
    const { accept, sent, messages } = aClientStage();
    const properties = { text: '\uFFFD \uFFFE \uFFFF \u0000' };

    await accept(aCall('/v1/track', { ...TRACK, properties }, { isBodyIntact: false }));

    expect(messages()).toMatchObject([{ properties }]);
    expect(sent[0]?.[0]?.messages[0]).not.toMatch(/[\uFFFE\uFFFF]/);
  });

  it('is not answered with success if the queue does not take it', async () => {
    const { accept } = aClientStage({ isQueueDown: true });

    await expect(accept(aCall('/v1/track', TRACK))).rejects.toMatchObject({ name: 'OutOfTimeError' });
  });

  it('over the rate of its organisation is refused with 429', async () => {
    const { accept, sent } = aClientStage({ wait: 1 });

    const answer = accept(aCall('/v1/track', TRACK));

    await expect(answer).rejects.toMatchObject({ statusCode: 429, headers: { 'Retry-After': '1' } });
    expect(sent).toEqual([]);
  });
});

describe('the key of a call', () => {
  it('may be the writeKey of the body', async () => {
    const { accept, sent } = aClientStage();

    await accept(
      aCall('/v1/track', { ...TRACK, writeKey: CLIENT_KEY }, { headers: { authorization: undefined } }),
    );

    expect(sent).toHaveLength(1);
  });

  it('may be the writeKey beside a token of Segment’s', async () => {
    const { accept, sent } = aClientStage();

    await accept(
      aCall('/v1/track', { ...TRACK, writeKey: CLIENT_KEY }, { headers: { authorization: 'Bearer abc' } }),
    );

    expect(sent).toHaveLength(1);
  });

  it.each([
    ['is missing', { authorization: undefined }],
    ['is unknown', { authorization: basic(newApiKey()) }],
    ['is no key', { authorization: basic('abc') }],
  ])('that %s is refused with 401', async (_what, headers) => {
    const { accept, sent } = aClientStage();

    const answer = accept(aCall('/v1/track', TRACK, { headers }));

    await expect(answer).rejects.toMatchObject({ statusCode: 401, code: 'unauthorized' });
    expect(sent).toEqual([]);
  });
});

describe('a call of Customer.io’s Track API v1', () => {
  it('is accepted as an operation of v2', async () => {
    const { accept, sent, messages } = aClientStage();
    const event = { name: 'purchased', timestamp: 1_763_200_000, data: { price: 23.45 } };

    const answer = await accept(aCall('/v1/customers/5/events', event));

    expect(answer).toEqual({ statusCode: 200, body: {} });
    expect(sent[0]?.[0]?.format).toBe('customer-io');
    expect(messages()).toMatchObject([
      {
        type: 'person',
        action: 'event',
        identifiers: { id: '5' },
        name: 'purchased',
        attributes: { price: 23.45 },
      },
    ]);
  });

  it('may be a form', async () => {
    const { accept, messages } = aClientStage();
    const contentType = 'application/x-www-form-urlencoded';

    await accept(
      aCall('/v1/customers/5/events', 'name=purchased&data[price]=23.45&timestamp=1763200000', {
        contentType,
      }),
    );

    expect(messages()).toMatchObject([
      { name: 'purchased', timestamp: '1763200000', attributes: { price: '23.45' } },
    ]);
  });

  it.each([
    ['DELETE', '/v1/customers/5'],
    ['POST', '/v1/customers/5/suppress'],
    ['POST', '/v1/customers/5/unsuppress'],
  ])('that is not supported answers 501: %s %s', async (method, path) => {
    const { accept, sent } = aClientStage();

    const answer = accept(aCall(path, '', { method }));

    await expect(answer).rejects.toMatchObject({ statusCode: 501, code: 'not_implemented' });
    expect(sent).toEqual([]);
  });

  it('asks for its region, and is told the same address', async () => {
    const { accept } = aClientStage();
    const headers = { host: 'abc123.execute-api.eu-central-1.amazonaws.com' };

    const { body } = await accept(aCall('/v1/accounts/region', '', { method: 'GET', headers }));

    expect(body).toMatchObject({ url: 'https://abc123.execute-api.eu-central-1.amazonaws.com/api' });
  });
});

describe('a call of Customer.io’s Track API v2', () => {
  const operation = (fields: object = {}) => ({
    type: 'person',
    action: 'event',
    identifiers: { id: '5' },
    name: 'purchased',
    ...fields,
  });

  it('takes in the operations of a batch that break no rule, and answers 207 with the errors of the others', async () => {
    const { accept, messages } = aClientStage();
    const batch = [operation(), operation({ name: '' }), operation({ action: 'delete' })];

    const { statusCode, body } = await accept(aCall('/v2/batch', { batch }));

    expect(statusCode).toBe(207);
    expect(body).toMatchObject({
      errors: [
        { batch_index: 1, field: 'name' },
        { batch_index: 2, reason: 'not_supported' },
      ],
    });
    expect(messages()).toEqual([operation()]);
  });

  it('answers 200 if all are taken in', async () => {
    const { accept } = aClientStage();

    expect(await accept(aCall('/v2/batch', { batch: [operation()] }))).toEqual({ statusCode: 200, body: {} });
    expect(await accept(aCall('/v2/entity', operation()))).toEqual({ statusCode: 200, body: {} });
  });

  it('refuses a single operation that breaks a rule with the errors that its clients read', async () => {
    const { accept, sent } = aClientStage();

    const answer = accept(aCall('/v2/entity', operation({ name: undefined })));

    await expect(answer).rejects.toMatchObject({ statusCode: 400, errors: [{ field: 'name' }] });
    expect(sent).toEqual([]);
  });
});

describe('a path that no client has', () => {
  it.each(['/v1/metrics', '/v1/push/events', '/v1/forms/1/submit', '/v3/things'])(
    'answers 404 without a key: %s',
    async (path) => {
      const { accept } = aClientStage();

      const answer = accept(aCall(path, {}, { headers: { authorization: undefined } }));

      await expect(answer).rejects.toMatchObject({ statusCode: 404 });
    },
  );

  it('answers 405 with the method that it has', async () => {
    const { accept } = aClientStage();

    const answer = accept(aCall('/v1/track', '', { method: 'GET' }));

    await expect(answer).rejects.toMatchObject({ statusCode: 405, headers: { allow: 'POST' } });
  });
});
