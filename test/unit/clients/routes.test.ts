import { callOf, clientMethodOf } from '#shared/clients/routes.ts';

const CALLS = ['identify', 'track', 'page', 'screen', 'group', 'alias', 'batch', 'import'];

describe('the call of a request', () => {
  it.each<readonly [string, object]>([
    ...CALLS.flatMap((call) =>
      ['/v1', '/sdk', '/v1/api'].map((root) => [`${root}/${call}`, { api: 'segment', call }] as const),
    ),
    ...CALLS.filter((call) => call !== 'import').map(
      (call) => [`/${call}`, { api: 'segment', call }] as const,
    ),
    ['/v1/import/', { api: 'segment', call: 'import' }],
    ['/api/v1/batch', { api: 'segment', call: 'batch' }],
    ['/api/track', { api: 'segment', call: 'track' }],
    ['/api/sdk/batch', { api: 'segment', call: 'batch' }],
    ['/v1/api/track/', { api: 'segment', call: 'track' }],
    ['/v1/customers/5/events', { api: 'track-v1', path: 'customers/5/events' }],
    ['/api/v1/customers/u%2F1+a@b.c/events', { api: 'track-v1', path: 'customers/u%2F1+a@b.c/events' }],
    ['/v1/events', { api: 'track-v1', path: 'events' }],
    ['/v1/merge_customers', { api: 'track-v1', path: 'merge_customers' }],
    ['/v2/entity', { api: 'track-v2', call: 'entity' }],
    ['/api/v2/batch', { api: 'track-v2', call: 'batch' }],
  ])('POST %s', (path, call) => {
    expect(callOf('POST', path)).toEqual(call);
  });

  it.each([
    ['PUT', '/v1/customers/5', { api: 'track-v1', path: 'customers/5' }],
    ['PUT', '/v1/customers/5/devices', { api: 'track-v1', path: 'customers/5/devices' }],
    ['DELETE', '/v1/customers/5', { api: 'track-v1', path: 'customers/5' }],
    ['DELETE', '/v1/customers/5/devices/abc', { api: 'track-v1', path: 'customers/5/devices/abc' }],
    ['GET', '/v1/accounts/region', { api: 'region' }],
    ['GET', '/api/v1/accounts/region', { api: 'region' }],
  ])('%s %s', (method, path, call) => {
    expect(callOf(method, path)).toEqual(call);
  });

  it.each([
    ['GET', '/v1/track'],
    ['POST', '/'],
    ['POST', '/v1'],
    ['POST', '/v1/tracks'],
    ['POST', '/v1/track/more'],
    ['POST', '/v3/batch'],
    ['POST', '/import'],
    ['POST', '/v1/customers'],
    ['POST', '/v1/metrics'],
    ['POST', '/v1/push/events'],
    ['POST', '/V1/track'],
    ['GET', '/v1/customers/5'],
  ])('is none: %s %s', (method, path) => {
    expect(callOf(method, path)).toBeUndefined();
  });
});

describe('the method of a client’s path', () => {
  it.each([
    ['/v1/track', 'POST'],
    ['/api/sdk/batch/', 'POST'],
    ['/v1/accounts/region', 'GET'],
    ['/v1/nothing', undefined],
    ['/v1/contacts', undefined],
  ])('%s', (path, method) => {
    expect(clientMethodOf(path)).toBe(method);
  });
});
