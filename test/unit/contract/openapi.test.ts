import { openApiDocument } from '#shared/contract/openapi.ts';
import { methodsOf, PATHS } from '#shared/contract/paths.ts';
import { jsonMedia, violations } from '#test/support/contract.ts';

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

  it('has every route, with its methods and unique operation ids', () => {
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        route: `${method.toUpperCase()} ${path}`,
        id: (operation as { operationId: string }).operationId,
      })),
    );
    const routes = Object.entries(PATHS).flatMap(([path, methods]) =>
      methods.map((method) => `${method} ${path}`),
    );

    expect(operations.map(({ route }) => route).toSorted()).toEqual(routes.toSorted());
    expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
  });

  it('declares every path parameter', () => {
    for (const [path, methods] of Object.entries(document.paths)) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const operation of Object.values(methods)) {
        const { parameters } = operation as { parameters: { name: string; in: string; required: boolean }[] };
        const declared = parameters.filter((one) => one.in === 'path');
        expect(declared.map(({ name }) => name)).toEqual(names);
        expect(declared.every(({ required }) => required)).toBe(true);
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
