import { ApiError } from '#shared/http/api-error.ts';
import { OutOfTimeError } from '#shared/time/out-of-time.ts';
import { ADDRESSES, gatewayEvent, handlerOf } from '#test/support/gateway-events.ts';

const REQUEST = {
  method: 'GET',
  path: '/v1/contacts/c_1',
  resource: '/v1/contacts/{contactId}',
  pathParameters: { contactId: 'c_1' },
};

const answerToThrown = (error: unknown) =>
  handlerOf(async () => {
    throw error;
  })(gatewayEvent(REQUEST, 'the default address'));

describe('a request', () => {
  it.each(ADDRESSES)('is the same to an operation from %s', async (address) => {
    const handler = handlerOf(async (request) => ({ statusCode: 200, body: request }));

    const { body } = await handler(gatewayEvent(REQUEST, address));

    // Only the path as it was sent tells the address.
    const { path, ...rest } = JSON.parse(body);
    expect(rest).toMatchObject({
      method: 'GET',
      route: '/v1/contacts/{contactId}',
      pathParameters: { contactId: 'c_1' },
    });
    expect(JSON.stringify(rest)).not.toContain('/api');
    expect(path).toMatch(/^(?:\/api)?\/v1\/contacts\/c_1$/);
  });
});

describe('an error response', () => {
  it.each([
    ['a defect', new Error('anything'), 500, 'internal_error'],
    ['a lack of time', new OutOfTimeError('anything'), 503, 'unavailable'],
    ['an error of a dependency', new ApiError(503, 'not_all_stored', '1 of 2'), 503, 'not_all_stored'],
    ['any other 5xx', new ApiError(502, 'unavailable', 'Try again'), 502, 'unavailable'],
  ])('has Retry-After after %s', async (_cause, error, status, code) => {
    const { statusCode, headers, body } = await answerToThrown(error);

    expect(statusCode).toBe(status);
    expect(headers).toMatchObject({ 'retry-after': '5' });
    expect(JSON.parse(body).error).toMatchObject({ code, requestId: 'request-1' });
  });

  it('has the Retry-After of the error, if it has one', async () => {
    const { headers } = await answerToThrown(
      new ApiError(503, 'unavailable', 'Later', { headers: { 'retry-after': '60' } }),
    );

    expect(headers).toMatchObject({ 'retry-after': '60' });
  });

  it.each([400, 404, 409, 413])(
    'has no Retry-After with %d, since a retry has the same result',
    async (status) => {
      const { statusCode, headers } = await answerToThrown(new ApiError(status, 'bad_request', 'No'));

      expect(statusCode).toBe(status);
      expect(headers).not.toHaveProperty('retry-after');
    },
  );
});
