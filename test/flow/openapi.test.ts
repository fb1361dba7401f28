import { PATHS } from '#shared/contract/paths.ts';
import { type Answer, newOrg, send } from '#test/support/api.ts';
import { jsonMedia, violations } from '#test/support/contract.ts';
import {
  documentedOperation,
  type FurnishedOrg,
  furnishedOrg,
  pathOf,
  queryOf,
  ROUTES,
  type Route,
} from '#test/support/routes.ts';

// biome-ignore lint/suspicious/noExplicitAny: the document as anyone gets it
let document: any;
let furnished: FurnishedOrg;

beforeAll(async () => {
  document = (await send('/v1/openapi.json')).body;
  furnished = await furnishedOrg('marker');
}, 60_000);

describe('GET /v1/openapi.json', () => {
  it('needs no key, and is OpenAPI 3.1', async () => {
    const answer = await send('/v1/openapi.json');

    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.body.openapi).toMatch(/^3\.1\.\d+$/);
    expect(answer.body.info).toMatchObject({ title: expect.any(String), version: expect.any(String) });
  });

  it('lists exactly the routes that there are', () => {
    const listed = Object.entries(document.paths).map(([path, methods]) => [
      path,
      Object.keys(methods as object).map((method) => method.toUpperCase()),
    ]);

    expect(Object.fromEntries(listed)).toEqual(PATHS);
  });
});

/** What the document shows as the request's body; undefined where there is none. */
const exampleOf = (route: Route): string | undefined =>
  JSON.stringify(documentedOperation(route, document).requestBody?.content['application/json'].example);

interface Call {
  readonly body?: string | undefined;
  readonly type?: string;
  readonly path?: string;
}

/** Calls a route on what the furnished organisation has. */
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
  it('documents whether it needs a key, and what it answers without one', async () => {
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
  it('documents what it answers where there is no such thing', async () => {
    const org = await newOrg();

    const answer = await call(route, { body: exampleOf(route) }, org);

    expectDocumentedError(route, answer, 404);
  });
});

describe.each(ROUTES.filter(({ method }) => method === 'POST' || method === 'PUT'))(
  'the body of $method $template',
  (route) => {
    it.each([
      ['is no JSON', 400, { body: '{' }],
      ['is no object', 400, { body: '[]' }],
      ['is of another type', 415, { body: '{}', type: 'text/plain' }],
      ['is too large', 413, { body: `{"pad":"${'x'.repeat(6 * 1024 * 1024)}"}` }],
    ] as const)('is answered as documented where it %s', async (_what, status, init) => {
      const answer = await call(route, init);

      expectDocumentedError(route, answer, status);
    });
  },
);

describe.each(ROUTES.filter(({ method }) => method === 'GET'))('the query of $method $template', (route) => {
  it('is answered as documented where a value of it is bad', async () => {
    const parameters = documentedOperation(route, document).parameters.filter((one) => one.in === 'query');
    const names = parameters.map(({ name }) => name).filter((name) => name !== 'email');
    const path = pathOf(route.template, furnished.ids);

    const answers = await Promise.all(names.map((name) => call(route, { path: `${path}?${name}=%00` })));

    for (const answer of answers) expectDocumentedError(route, answer, 400);
  });
});
