import { existsSync } from 'node:fs';
import { serve, servedBy } from '#shared/contract/operation.ts';
import { OPERATIONS } from '#shared/contract/operations.ts';
import { aRequest } from '#test/support/builders.ts';
import { filesWith, sourceFiles } from '#test/support/source.ts';

describe('the list of operations', () => {
  it('is the only place where paths of the API are written', () => {
    const files = filesWith(sourceFiles('shared', 'functions', 'infra'), (text) => text.includes('/v1/'));

    expect(files).toContain('shared/contract/operations/contacts.ts');
    expect(files.filter((path) => !path.startsWith('shared/contract/operations/'))).toEqual([]);
  });

  it('names each operation and each route once', () => {
    const ids = OPERATIONS.map(({ operationId }) => operationId);
    const routes = OPERATIONS.map(({ method, path }) => `${method} ${path}`);

    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(routes).size).toBe(routes.length);
  });

  it.each(OPERATIONS)('names an existing function: $operationId', ({ function: label }) => {
    expect(existsSync(`functions/${label.split(' ', 1)[0]}/index.ts`)).toBe(true);
  });
});

describe('serving', () => {
  const route = {
    tag: 'Contract',
    summary: '',
    response: { status: 200, description: '' },
    errors: [],
  } as const;
  const service = servedBy('query/things', {
    listThings: { ...route, method: 'GET', path: '/v1/things' },
    readThing: { ...route, method: 'GET', path: '/v1/things/{thingId}' },
    deleteThing: { ...route, method: 'DELETE', path: '/v1/things/{thingId}' },
  });
  const answering = (operationId: string) => async () => ({ statusCode: 200, body: { operationId } });
  const operation = serve(service, {
    listThings: answering('listThings'),
    readThing: answering('readThing'),
    deleteThing: answering('deleteThing'),
  });

  it.each([
    ['GET', '/v1/things', 'listThings'],
    ['GET', '/v1/things/{thingId}', 'readThing'],
    ['DELETE', '/v1/things/{thingId}', 'deleteThing'],
  ])('dispatches %s %s to %s', async (method, route, operationId) => {
    const { body } = await operation(aRequest({ method, route }));

    expect(body).toEqual({ operationId });
  });

  it('requires a handler for each operation, and accepts no other', () => {
    const [listThings, readThing, deleteThing] = Array(3).fill(answering('any'));

    // @ts-expect-error -- deleteThing is missing
    serve(service, { listThings, readThing });
    // @ts-expect-error -- there is no operation changeThing
    serve(service, { listThings, readThing, deleteThing, changeThing: readThing });
    expect(serve(service, { listThings, readThing, deleteThing })).toBeInstanceOf(Function);
  });

  it('throws on a route that the function does not serve', () => {
    const request = aRequest({ method: 'PUT', route: '/v1/things/{thingId}' });

    expect(() => operation(request)).toThrow('No operation for PUT /v1/things/{thingId}');
  });
});
