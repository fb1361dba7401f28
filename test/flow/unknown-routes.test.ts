import { PATHS } from '#shared/contract/paths.ts';
import { newOrg, send } from '#test/support/api.ts';
import { errorBody } from '#test/support/error-bodies.ts';
import { functionOf, invoke } from '#test/support/functions.ts';
import { ADDRESSES, gatewayEvent, unmatched } from '#test/support/gateway-events.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Sends a request by every method, in the order of {@link METHODS}. */
const sendAll = (path: string, methods: readonly string[] = METHODS) =>
  Promise.all(methods.map((method) => send(path, { method })));

describe('an unknown path', () => {
  it.each([
    '/v1',
    '/v1/',
    '/v1/nothing',
    '/v2/contacts',
    '/v1/events/sms/batch',
    '/v1/events/email',
    '/v1/events/email/batch/more',
    '/v1/contacts/c_1/unheard/of',
    '/v1/Contacts',
    '/v1/openapi.yaml',
  ])('answers 404: %s', async (path) => {
    const answers = await sendAll(path);

    for (const answer of answers) {
      expect(answer.status).toBe(404);
      expect(answer.body).toEqual(errorBody('not_found', 'clients'));
    }
  });

  it('answers 404 without a path, from API Gateway', async () => {
    const answers = await sendAll('/');

    for (const answer of answers) {
      expect(answer.status).toBe(404);
      expect(answer.body).toEqual(errorBody('not_found', 'gateway'));
    }
  });
});

describe('a path that does not support the method', () => {
  it.each(Object.entries(PATHS))('answers 405 with the supported methods: %s', async (template, methods) => {
    const others = METHODS.filter((method) => !(methods as readonly string[]).includes(method));
    const path = template.replaceAll(/\{\w+\}/g, 'x_1');

    const answers = await sendAll(path, others);

    for (const answer of answers) {
      expect(answer.status).toBe(405);
      expect(answer.headers.get('allow')).toBe(methods.join(', '));
      expect(answer.body).toEqual(errorBody('method_not_allowed', 'clients'));
    }
  });
});

describe('a method without a route', () => {
  it.each(['HEAD', 'OPTIONS'])('answers 405 also to %s, without credentials', async (method) => {
    const answer = await send('/v1/contacts', { method });

    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET');
  });

  it('answers 405, without credentials, where a parameter beside the fixed path has the method', async () => {
    const answer = await send('/v1/contacts/batch');

    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST');
    expect(answer.body).toEqual(errorBody('method_not_allowed', 'clients'));
  });
});

describe('the deployed function for everything else', () => {
  it.each(ADDRESSES)('answers the same to requests of %s', async (address) => {
    const { FunctionName } = await functionOf('clients/accept');

    const [unsupported, unknown] = await Promise.all(
      [unmatched('PATCH', '/v1/segments/seg_1'), unmatched('GET', '/v1/nothing')].map((request) =>
        invoke(FunctionName, gatewayEvent(request, address)),
      ),
    );

    expect(unsupported?.payload).toMatchObject({
      statusCode: 405,
      headers: { allow: 'GET, PUT, DELETE' },
    });
    expect(unknown?.payload.statusCode).toBe(404);
  });
});

const NAMED = Object.entries(PATHS).flatMap(([template, methods]) =>
  template.includes('{') && (methods as readonly string[]).includes('GET') ? [template] : [],
);

describe('an unknown id', () => {
  it.each(NAMED)('answers 404, whatever its characters and length: %s', async (template) => {
    const org = await newOrg();
    // DynamoDB accepts sort keys of up to 1,024 bytes and partition keys of up to 2,048.
    const ids = ['x', '%00', '%FF', '%23contacts', '%F0%9F%8F%99', 'x'.repeat(1_100), 'x'.repeat(2_100)];

    const answers = await Promise.all(ids.map((id) => org.get(template.replaceAll(/\{\w+\}/g, id))));

    const statuses = answers.map(({ status }, at) => [ids[at], status]);
    expect(statuses).toEqual(ids.map((id) => [id, 404]));
    for (const { body } of answers) expect(body).toEqual(errorBody('not_found', 'operation'));
  });
});
