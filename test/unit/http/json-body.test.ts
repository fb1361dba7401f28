import { ApiError } from '#shared/http/api-error.ts';
import { jsonBody, MAX_BODY_BYTES, wellFormedBody } from '#shared/http/json-body.ts';
import { aRequest } from '#test/support/builders.ts';

const errorOf = (act: () => unknown): ApiError => {
  try {
    act();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error('Nothing was thrown');
};

/** A JSON object of exactly this many bytes in UTF-8, filled with a character. */
const bodyOfBytes = (bytes: number, filler: string): string => {
  const room = bytes - Buffer.byteLength('{"a":""}');
  const size = Buffer.byteLength(filler);
  return `{"a":"${'x'.repeat(room % size)}${filler.repeat(Math.floor(room / size))}"}`;
};

describe('jsonBody accepts', () => {
  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    ' Application/JSON ',
    'application/vnd.api+json',
    'application/problem+json; profile="x"',
    undefined,
  ])('the content type %j', (contentType) => {
    expect(jsonBody(aRequest({ contentType, body: '{"a":1}' }))).toEqual({ a: 1 });
  });

  it('numbers, and preserves their notation', () => {
    const body = '{"events":[{"metadata":{"id":12345678901234567890}}]}';

    expect(JSON.stringify(jsonBody(aRequest({ body })))).toBe(body);
  });

  it.each(['x', 'é', '😀'])('a body of the maximum size, filled with %s', (filler) => {
    const body = bodyOfBytes(MAX_BODY_BYTES, filler);

    expect(Buffer.byteLength(body)).toBe(MAX_BODY_BYTES);
    expect(Object.keys(jsonBody(aRequest({ body })))).toEqual(['a']);
  });
});

describe('jsonBody', () => {
  it('ignores a byte order mark at the beginning', () => {
    expect(jsonBody(aRequest({ body: '\ufeff{"a":"\ufeff"}' }))).toEqual({ a: '\ufeff' });
  });

  it('answers 400 with what to do if bytes of the body may have been replaced', () => {
    const error = errorOf(() => jsonBody(aRequest({ body: '{"a":"\ufffd"}', isBodyIntact: false })));

    expect(error).toMatchObject({ statusCode: 400, code: 'bad_request' });
    expect(error.message).toContain('The body must be UTF-8');
    expect(error.message).toContain('\\ufffd');
  });
});

describe('wellFormedBody', () => {
  it.each([
    ['{"name":"\\ud83d"}', 'name'],
    ['{"rule":{"all":[{"score":1.0},{"attribute":{"name":"a\\udc00"}}]}}', 'rule.all[1].attribute.name'],
    ['{"rule":{"\\ud83d\\ud83d":[]}}', 'rule.\ud83d\ud83d'],
    ['{"contactIds":["c_1","\\uDE00\\uD83D"]}', 'contactIds[1]'],
  ])('answers 400 to %s, with the path of the lone surrogate', (body, path) => {
    const error = errorOf(() => wellFormedBody(aRequest({ body })));

    expect(error).toMatchObject({ statusCode: 400, message: `${path} must be text without lone surrogates` });
  });

  it.each([
    ['a pair of surrogates', '{"name":"\\ud83d\\ude00"}', { name: '😀' }],
    ['what only looks like a surrogate', '{"name":"\\\\ud83d"}', { name: '\\ud83d' }],
    ['the replacement character as an escape', '{"name":"\\ufffd"}', { name: '\ufffd' }],
  ])('accepts %s', (_what, body, expected) => {
    expect(wellFormedBody(aRequest({ body }))).toEqual(expected);
  });

  it('accepts any nesting, which it leaves to the schemas', () => {
    const body = `{"a":"\\ud83d\\ude00","b":1.0,"rule":${'['.repeat(100_000)}"\\ud83d"${']'.repeat(100_000)}}`;

    expect(Object.keys(wellFormedBody(aRequest({ body })))).toEqual(['a', 'b', 'rule']);
  });
});

describe('jsonBody answers', () => {
  it.each(['x', 'é', '😀'])('413 to one byte more, filled with %s', (filler) => {
    const body = bodyOfBytes(MAX_BODY_BYTES + 1, filler);

    const error = errorOf(() => jsonBody(aRequest({ body })));

    expect(error).toMatchObject({ statusCode: 413, code: 'body_too_large' });
    expect(error.message).toContain('6291456');
  });

  it.each([
    'text/plain',
    'text/csv',
    'application/xml',
    'application/jsonp',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=application/json',
    'text/html; note=application/json',
    '',
  ])('415 to the content type %j', (contentType) => {
    const error = errorOf(() => jsonBody(aRequest({ contentType, body: '{}' })));

    expect(error).toMatchObject({ statusCode: 415, code: 'unsupported_media_type' });
    expect(error.message).toContain('application/json');
  });

  it.each([
    '',
    ' ',
    '{',
    '{"events":[}',
    '{"a":1}}',
    "{'a':1}",
    'events',
    '\ufeff',
    '{\ufeff}',
    '\ufeff\ufeff{}',
  ])('400 to %j, which is not valid JSON', (body) => {
    const error = errorOf(() => jsonBody(aRequest({ body })));

    expect(error).toMatchObject({ statusCode: 400, code: 'bad_request' });
    expect(error.message).toMatch(/^The body is not valid JSON: ./);
  });

  it.each(['[]', '[{"events":[]}]', 'null', '1', '1.0', '"events"', 'true'])(
    '400 to %s, which is not an object',
    (body) => {
      const error = errorOf(() => jsonBody(aRequest({ body })));

      expect(error).toMatchObject({ statusCode: 400, message: 'The body must be a JSON object' });
    },
  );
});
