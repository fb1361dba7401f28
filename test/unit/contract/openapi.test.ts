import { documentedPath, openApiDocument } from '#shared/contract/openapi.ts';
import { OPERATIONS } from '#shared/contract/operations.ts';
import { methodsOf, PATHS } from '#shared/contract/paths.ts';
import { documentedOperation, jsonMedia, violations } from '#test/support/contract.ts';

const document = openApiDocument();

/** Every request and response that the document describes inline or as a shared component. */
const DESCRIBED: [what: string, described: unknown, isAnswer: boolean][] = [
  ...Object.entries(document.components.responses).map(([name, one]): [string, unknown, boolean] => [
    name,
    one,
    true,
  ]),
  ...Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]): [string, unknown, boolean][] => {
      const { requestBody, responses } = operation as { requestBody?: object; responses: object };
      const answers = Object.entries(responses).filter(([, one]) => !('$ref' in one));
      return [
        [`the request of ${method} ${path}`, requestBody, false],
        ...answers.map(([status, one]): [string, unknown, boolean] => [
          `the ${status} of ${method} ${path}`,
          one,
          true,
        ]),
      ];
    }),
  ),
];

const EXAMPLES = DESCRIBED.flatMap(([what, described, isAnswer]) => {
  const media = jsonMedia(document, described);
  return media?.example === undefined ? [] : [{ what, media, isAnswer }];
});

describe('the OpenAPI document', () => {
  it.each(EXAMPLES)('has an example that satisfies its schema: $what', ({ media, isAnswer }) => {
    expect(violations(document, media.schema, media.example, { isAnswer })).toEqual([]);
  });

  it('says which namespace the field externalId of contacts belongs to', () => {
    const { properties } = document.components.schemas['ContactEntry'] as {
      readonly properties: Readonly<Record<string, { readonly description: string }>>;
    };

    expect(properties['externalId']?.description).toContain('`userId`');
  });

  it('has every route, with its methods and unique operation ids', () => {
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        route: `${method.toUpperCase()} ${path}`,
        id: (operation as { operationId: string }).operationId,
      })),
    );
    const routes = Object.entries(PATHS).flatMap(([path, methods]) =>
      methods.map((method) => `${method} ${documentedPath(path)}`),
    );

    expect(operations.map(({ route }) => route).toSorted()).toEqual(routes.toSorted());
    expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
  });

  it.each([
    ['the local stack', 'http://localhost:4566/restapis/a1b2c3/api/_user_request_'],
    ['the default address', 'https://a1b2c3.execute-api.eu-central-1.amazonaws.com/api'],
    ['a custom domain with the name of the stage', 'https://api.example.com/api'],
    ['a custom domain without it', 'https://api.example.com'],
  ])('has a server to which its paths can be appended at %s', (_where, base) => {
    // RFC 3986, 5.2; OpenAPI 3.1, "Paths Object": the path is appended, without further resolution.
    const url = new URL(document.servers[0]?.url ?? '', `${base}/v1/openapi.json`).href;

    const urls = Object.keys(document.paths).map((path) => `${url}${path}`);

    expect(urls.toSorted()).toEqual(
      Object.keys(PATHS)
        .map((path) => `${base}${path}`)
        .toSorted(),
    );
  });

  it('names every schema that others refer to', () => {
    const names = Object.keys(document.components.schemas);

    expect(names.filter((name) => !/^[A-Z][A-Za-z]+$/.test(name))).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(['EmailEntry', 'ContactEntry', 'SegmentRule', 'Profile']));
  });

  it.each(OPERATIONS)('lists every error that can be answered to $operationId', (operation) => {
    const { isPublic, request, query } = operation;
    const { responses } = documentedOperation(
      { method: operation.method, template: operation.path },
      document,
    );

    const errors = Object.keys(responses).filter((status) => Number(status) >= 400);

    expect(errors).toEqual(
      [
        ...[429, 500, 503, ...operation.errors],
        ...(isPublic ? [] : [401, 403]),
        ...(query || request ? [400] : []),
        ...(request ? [413, 415] : []),
      ]
        .toSorted()
        .map(String),
    );
  });

  it.each([
    ['Error405', ['Allow']],
    ['Error429', ['Retry-After']],
    ['Error500', ['Retry-After']],
    ['Error503', ['Retry-After', 'x-import-id']],
  ])('describes the headers of %s', (name, headers) => {
    expect(Object.keys(document.components.responses[name]?.headers ?? {})).toEqual(headers);
  });

  it('mentions in its description only operations that exist', () => {
    const mentioned = [...document.info.description.matchAll(/`(GET|POST|PUT|DELETE) (\/[^\s`]+)`/g)];

    const unknown = mentioned.filter(([, method = '', path = '']) => {
      const form = new RegExp(`^${path.replaceAll('…', '[^/]+')}$`);
      return !Object.entries(document.paths).some(
        ([template, methods]) => form.test(template) && method.toLowerCase() in methods,
      );
    });

    expect(mentioned).not.toEqual([]);
    expect(unknown).toEqual([]);
  });

  it('declares every path parameter', () => {
    for (const [path, methods] of Object.entries(document.paths)) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const operation of Object.values(methods)) {
        const { parameters } = operation as {
          parameters: { name: string; in: string; required: boolean; description: string }[];
        };
        const declared = parameters.filter((one) => one.in === 'path');
        expect(declared.map(({ name }) => name)).toEqual(names);
        expect(declared.every(({ required, description }) => required && description !== '')).toBe(true);
      }
    }
  });
});

describe('methodsOf', () => {
  it.each([
    ['/v1/contacts', ['GET']],
    ['/v1/contacts/', ['GET']],
    ['/v1/contacts/batch', ['POST']],
    ['/v1/contacts/c_1', ['GET']],
    ['/v1/contacts/location-history/batch', ['POST']],
    ['/v1/imports/imp_1', ['GET']],
    ['/v1/openapi.json', ['GET']],
  ])('returns the methods of %s', (path, methods) => {
    expect(methodsOf(path)).toEqual(methods);
  });

  it.each([
    '',
    '/',
    '/v1',
    'v1/contacts',
    '/v1//contacts',
    '/v2/contacts',
    '/v1/Contacts',
    '/v1/contacts/c_1/unheard/of',
    '/v1/events/email',
    '/v1/events/{kind}/batch',
    '/v1/constructor',
    '/__proto__',
  ])('returns undefined for the unknown path %j', (path) => {
    expect(methodsOf(path)).toBeUndefined();
  });

  it('prefers a fixed segment to a parameter if both match', () => {
    for (const [template, methods] of Object.entries(PATHS)) {
      expect(methodsOf(template.replaceAll(/\{\w+\}/g, 'x_1'))).toEqual(methods);
    }
  });
});
