import fc from 'fast-check';
import { jsonBody } from '#shared/http/json-body.ts';
import { requestBody } from '#shared/http/request-body.ts';
import { gatewayEvent, handlerOf } from '#test/support/gateway-events.ts';

/** What a gateway passes on: the text of the bytes, as a decoder reads them that does not fail. */
const sent = (bytes: Uint8Array) => ({
  event: { body: Buffer.from(bytes).toString('utf8'), isBase64Encoded: false },
  headers: { 'content-length': String(bytes.length) },
});
const isIntact = (bytes: Uint8Array): boolean => {
  const { event, headers } = sent(bytes);
  return requestBody(event, headers).isBodyIntact;
};
const bytesOf = (...parts: (string | number[])[]): Uint8Array =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string)));

const REPLACEMENT = '\ufffd';

describe('the body of a request', () => {
  it('of any valid text is intact, also with the replacement character', () => {
    const text = fc.string({ unit: fc.oneof(fc.constantFrom(REPLACEMENT, 'é', '😀'), fc.string()) });
    fc.assert(
      fc.property(text, (body) => {
        const bytes = Buffer.from(body.toWellFormed());

        expect(isIntact(bytes)).toBe(true);
      }),
    );
  });

  it.each([
    ['Latin-1', bytesOf('{"a":"caf', [0xe9], '"}')],
    ['UTF-16', Buffer.from('{"a":"é"}', 'utf16le')],
    ['a lone continuation byte', bytesOf('"', [0x80], '"')],
    ['a character that is cut after two of three bytes', bytesOf('"', [0xe2, 0x82], '"')],
    ['a character that is cut after two of four bytes', bytesOf('"', [0xf0, 0x9f], '"')],
    ['an encoded surrogate', bytesOf('"', [0xed, 0xa0, 0x80], '"')],
    ['an overlong form', bytesOf('"', [0xc0, 0xaf], '"')],
    ['one replaced byte beside the character itself', bytesOf(REPLACEMENT, [0xe9], REPLACEMENT)],
  ])('is not intact if bytes of it were replaced: %s', (_what, bytes) => {
    expect(isIntact(bytes)).toBe(false);
  });

  it('without characters of four bytes is intact exactly if it is valid', () => {
    const isValid = (bytes: Uint8Array): boolean => {
      try {
        new TextDecoder('utf-8', { fatal: true }).decode(bytes);
        return true;
      } catch {
        return false;
      }
    };
    const part = fc.oneof(
      fc.constantFrom('a', 'é', '東', REPLACEMENT).map((text) => Buffer.from(text)),
      fc.uint8Array({ max: 0xef, maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const bytes = Buffer.concat(parts);

        expect(isIntact(bytes)).toBe(isValid(bytes));
      }),
      { numRuns: 1_000 },
    );
  });

  it('seems intact if a character of four bytes is cut after the third: it is as long as the replacement', () => {
    expect(isIntact(bytesOf('"', [0xf0, 0x9f, 0x98], '"'))).toBe(true);
  });

  // A body as functions of REST APIs receive it; see request-body.ts.
  it.each([
    ['its length is not passed on', {}],
    ['it was compressed', { 'content-encoding': 'gzip', 'content-length': '5' }],
    ['its length is not a number', { 'content-length': 'many' }],
  ])('with the replacement character is not intact if %s', (_what, headers) => {
    const event = { body: '"\ufffd"', isBase64Encoded: false };

    expect(requestBody(event, headers).isBodyIntact).toBe(false);
    expect(requestBody({ ...event, body: '"\\ufffd é 😀"' }, headers).isBodyIntact).toBe(true);
  });

  it('in base64 is decoded, and intact if it is UTF-8', () => {
    const inBase64 = (bytes: Uint8Array) => ({
      body: Buffer.from(bytes).toString('base64'),
      isBase64Encoded: true,
    });

    expect(requestBody(inBase64(bytesOf('\ufeff{"a":"é\ufffd😀"}')), {})).toEqual({
      body: '\ufeff{"a":"é\ufffd😀"}',
      isBodyIntact: true,
    });
    expect(requestBody(inBase64(bytesOf('"', [0xf0, 0x9f, 0x98], '"')), {}).isBodyIntact).toBe(false);
  });

  it('is empty if there is none', () => {
    expect(requestBody({ body: null, isBase64Encoded: false }, {})).toEqual({ body: '', isBodyIntact: true });
  });
});

describe('an API function', () => {
  /** A body as API Gateway sends it to a function, without the header `Content-Length`; see gateway-events.ts. */
  const answerTo = async (body: string, { headers = {}, isBase64Encoded = false } = {}) => {
    const request = { method: 'POST', path: '/v1/segments', resource: '/v1/segments', pathParameters: null };
    const echo = handlerOf(async (request) => ({ statusCode: 200, body: jsonBody(request) }));
    const event = gatewayEvent(request, 'the default address');
    const sent = { 'Content-Type': 'application/json', ...headers };
    const answer = await echo({ ...event, headers: sent, body, isBase64Encoded });
    return { status: answer.statusCode, body: JSON.parse(answer.body) };
  };
  const latin1 = Buffer.from('{"name":"café"}', 'latin1');

  it('accepts text of any language, and the replacement character as an escape', async () => {
    const answer = await answerTo('{"name":"é 東京 😀 \\ufffd"}');

    expect(answer).toEqual({ status: 200, body: { name: 'é 東京 😀 \ufffd' } });
  });

  it('answers 400 to bytes that are not UTF-8', async () => {
    const asText = await answerTo(latin1.toString('utf8'));
    const inBase64 = await answerTo(latin1.toString('base64'), { isBase64Encoded: true });

    for (const { status, body } of [asText, inBase64]) {
      expect(status).toBe(400);
      expect(body.error).toMatchObject({ code: 'bad_request', message: expect.stringContaining('UTF-8') });
    }
  });

  it.each(['content-length', 'Content-Length'])(
    'accepts the replacement character if %s shows that it was sent',
    async (name) => {
      const body = '{"name":"caf\ufffd"}';

      const answer = await answerTo(body, { headers: { [name]: String(Buffer.byteLength(body)) } });

      expect(answer).toEqual({ status: 200, body: { name: 'caf\ufffd' } });
    },
  );
});
