import { ApiError } from '#shared/http/api-error.ts';
import { jsonBody, MAX_BODY_BYTES } from '#shared/http/json-body.ts';
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

  it.each(['', ' ', '{', '{"events":[}', '{"a":1}}', "{'a':1}", 'events', '\ufeff{}'])(
    '400 to %j, which is not valid JSON',
    (body) => {
      const error = errorOf(() => jsonBody(aRequest({ body })));

      expect(error).toMatchObject({ statusCode: 400, code: 'bad_request' });
      expect(error.message).toMatch(/^The body is not valid JSON: ./);
    },
  );

  it.each(['[]', '[{"events":[]}]', 'null', '1', '1.0', '"events"', 'true'])(
    '400 to %s, which is not an object',
    (body) => {
      const error = errorOf(() => jsonBody(aRequest({ body })));

      expect(error).toMatchObject({ statusCode: 400, message: 'The body must be a JSON object' });
    },
  );
});
