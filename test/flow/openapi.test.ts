import { documentedPath } from '#shared/contract/openapi.ts';
import { PATHS } from '#shared/contract/paths.ts';
import { type Answer, newOrg, send, testStack } from '#test/support/api.ts';
import { documentedOperation, jsonMedia, type Route, violations } from '#test/support/contract.ts';
import { type FurnishedOrg, furnishedOrg, pathOf, queryOf, ROUTES } from '#test/support/routes.ts';

// biome-ignore lint/suspicious/noExplicitAny: the document as callers receive it
let document: any;
let furnished: FurnishedOrg;

beforeAll(async () => {
  document = (await send('/v1/openapi.json')).body;
  furnished = await furnishedOrg('marker');
}, 60_000);

describe('GET /v1/openapi.json', () => {
  it('requires no key, and returns OpenAPI 3.1', async () => {
    const answer = await send('/v1/openapi.json');

    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.body.openapi).toMatch(/^3\.1\.\d+$/);
    expect(answer.body.info).toMatchObject({ title: expect.any(String), version: expect.any(String) });
  });

  it('lists exactly the existing routes', () => {
    const listed = Object.entries(document.paths).map(([path, methods]) => [
      path,
      Object.keys(methods as object).map((method) => method.toUpperCase()),
    ]);

    const existing = Object.entries(PATHS).map(([path, methods]) => [documentedPath(path), methods]);
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(existing));
  });

  it('has the address of every operation, wherever it is served', async () => {
    const location = `${testStack().apiUrl}/v1/openapi.json`;
    const { servers, paths } = (await (await fetch(location)).json()) as typeof document;
    const server = new URL(servers[0].url, location).href;
    const ids = { ...furnished.ids, kind: 'email' };
    const calls = Object.entries<object>(paths)
      .filter(([, methods]) => 'get' in methods)
      .map(([path]) => `${server}${pathOf(path, ids)}${queryOf({ method: 'GET', template: `/v1${path}` })}`);

    const answers = await Promise.all(
      calls.map((url) => fetch(url, { headers: { 'x-api-key': furnished.org.apiKey } })),
    );

    expect(answers.map(({ url, status }) => [url, status])).toEqual(calls.map((url) => [url, 200]));
  });
});

/** The documented example of the request's body; undefined if there is none. */
const exampleOf = (route: Route): string | undefined =>
  JSON.stringify(documentedOperation(route, document).requestBody?.content['application/json'].example);

interface Call {
  readonly body?: string | undefined;
  readonly type?: string;
  readonly path?: string;
}

/** Calls a route for the resources of the furnished organisation. */
const call = (route: Route, { body, type = 'application/json', path }: Call, org = furnished.org) =>
  org.send(path ?? `${pathOf(route.template, furnished.ids)}${queryOf(route)}`, {
    method: route.method,
    headers: { 'content-type': type },
    ...(body !== undefined && { body }),
  });

const expectDocumentedError = (route: Route, answer: Answer, status: number): void => {
  expect(answer.status).toBe(status);
  const described = documentedOperation(route, document).responses[status];
  expect([status, typeof described]).toEqual([status, 'object']);
  const media = jsonMedia(document, described);
  expect(violations(document, media?.schema, answer.body, { isAnswer: true })).toEqual([]);
};

describe.each(ROUTES)('$method $template', (route) => {
  it('documents whether it requires a key, and the answer without one', async () => {
    const isPublic = documentedOperation(route, document).security?.length === 0;

    const answer = await send(pathOf(route.template, furnished.ids), { method: route.method });

    if (isPublic) expect(answer.status).toBe(200);
    else expectDocumentedError(route, answer, 401);
  });

  it('answers in the documented shape', async () => {
    const { responses } = documentedOperation(route, document);
    const status = Object.keys(responses).find((code) => code.startsWith('2')) ?? '';

    const answer = await call(route, { body: exampleOf(route) });

    expect([String(answer.status), answer.text]).toEqual([status, expect.any(String)]);
    const media = jsonMedia(document, responses[status]);
    if (media === undefined) expect(answer.text).toBe('');
    else expect(violations(document, media.schema, answer.body, { isAnswer: true })).toEqual([]);
  });
});

describe.each(ROUTES.filter(({ template }) => template.includes('Id}')))('$method $template', (route) => {
  it('documents the answer if the resource does not exist', async () => {
    const org = await newOrg();

    const answer = await call(route, { body: exampleOf(route) }, org);

    expectDocumentedError(route, answer, 404);
  });
});

describe.each(ROUTES.filter(({ method }) => method === 'POST' || method === 'PUT'))(
  'the body of $method $template',
  (route) => {
    it.each([
      ['is not JSON', 400, { body: '{' }],
      ['is not an object', 400, { body: '[]' }],
      ['has another content type', 415, { body: '{}', type: 'text/plain' }],
      ['is too large', 413, { body: `{"pad":"${'x'.repeat(6 * 1024 * 1024)}"}` }],
    ] as const)('is answered as documented if it %s', async (_what, status, init) => {
      const answer = await call(route, init);

      expectDocumentedError(route, answer, status);
    });
  },
);

/** The query parameters of all routes. None may be empty; most other values are ids that somebody may have. */
const QUERY_PARAMETERS = ROUTES.filter(({ method }) => method === 'GET').flatMap((route) =>
  documentedOperation(route)
    .parameters.filter((one) => one.in === 'query')
    .map(({ name }) => ({ ...route, name })),
);

describe.each(QUERY_PARAMETERS)('the parameter $name of $method $template', ({ name, ...route }) => {
  it('is answered as documented if its value is empty', async () => {
    const path = `${pathOf(route.template, furnished.ids)}?${name}=`;

    const answer = await call(route, { path });

    expectDocumentedError(route, answer, 400);
  });
});
