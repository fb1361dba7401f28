import { createAccept } from '#functions/clients/accept/handler.ts';
import { MISROUTED, methodsOf, PATHS } from '#shared/contract/paths.ts';
import { fixedClock } from '#test/support/builders.ts';
import {
  ADDRESSES,
  type GatewayRequest,
  gatewayEvent,
  handlerOf,
  unmatched,
} from '#test/support/gateway-events.ts';

// Source: API Gateway Developer Guide, "Set up an HTTP method": those that ANY represents.
const METHODS = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];

const refuse = async () => {
  throw new Error('A request of no client needs no key and no queue');
};
const fallback = handlerOf(
  createAccept({ ownerOf: refuse, throttle: refuse, queue: { sendAll: refuse }, now: fixedClock }),
);

const unsupported = Object.entries(PATHS).flatMap(([template, methods]) =>
  METHODS.filter((method) => !methods.includes(method)).map((method) => [method, template] as const),
);

describe.each(ADDRESSES)('a request to %s', (address) => {
  it.each(unsupported)(
    'with a method that the path does not support returns 405: %s %s',
    async (method, template) => {
      const request = unmatched(method, template.replaceAll(/\{\w+\}/g, 'x_1'));

      const { statusCode, headers, body } = await fallback(gatewayEvent(request, address));

      expect(statusCode).toBe(405);
      expect(headers).toMatchObject({ allow: PATHS[template]?.join(', ') });
      expect(JSON.parse(body)).toEqual({
        error: {
          code: 'method_not_allowed',
          message: `This path supports ${PATHS[template]?.join(', ')}`,
          requestId: 'request-1',
        },
      });
    },
  );

  it.each(MISROUTED)(
    'that has a route because a parameter would match it returns 405: $method $path',
    async ({ method, path }) => {
      const request: GatewayRequest = { method, path, resource: path, pathParameters: null };

      const { statusCode, headers } = await fallback(gatewayEvent(request, address));

      expect(statusCode).toBe(405);
      expect(headers).toMatchObject({ allow: PATHS[path]?.join(', ') });
    },
  );

  it('that a parameter matches returns the methods of the fixed path, which takes precedence', async () => {
    const request: GatewayRequest = {
      method: 'GET',
      path: '/v1/contacts/batch',
      resource: '/v1/contacts/{contactId}',
      pathParameters: { contactId: 'batch' },
    };

    const { statusCode, headers } = await fallback(gatewayEvent(request, address));

    expect(statusCode).toBe(405);
    expect(headers).toMatchObject({ allow: 'POST' });
  });

  it.each([
    '/v1',
    '/v1/nothing',
    '/api/v1/contacts',
    '/v2/contacts',
    '/v1/contacts/c_1/unheard/of',
    '/v1/segments//members',
    '/v1/Contacts',
  ])('of an unknown path returns 404: %s', async (path) => {
    const { statusCode, headers, body } = await fallback(gatewayEvent(unmatched('GET', path), address));

    expect(statusCode).toBe(404);
    expect(headers).not.toHaveProperty('allow');
    expect(JSON.parse(body).error.code).toBe('not_found');
  });

  it('with a slash at its end returns the methods of the path', async () => {
    const { statusCode, headers } = await fallback(gatewayEvent(unmatched('PUT', '/v1/contacts/'), address));

    expect(statusCode).toBe(405);
    expect(headers).toMatchObject({ allow: methodsOf('/v1/contacts')?.join(', ') });
  });
});

describe('the requests that a parameter would match', () => {
  it('are those of a fixed path that lacks the method', () => {
    expect(MISROUTED).toContainEqual({ method: 'GET', path: '/v1/contacts/batch' });
    for (const { method, path } of MISROUTED) {
      expect(path).not.toContain('{');
      expect(PATHS[path]).not.toContain(method);
    }
  });
});
