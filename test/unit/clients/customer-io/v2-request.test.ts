import { operationsOfV2 } from '#shared/clients/customer-io/v2-request.ts';

describe('the operations of a request of version 2', () => {
  it.each([
    ['entity', { type: 'person' }, [{ type: 'person' }]],
    ['entity', {}, [{}]],
    ['batch', { batch: [{ type: 'person' }, 1] }, [{ type: 'person' }, 1]],
    ['batch', { batch: [] }, []],
  ] as const)('%s %j', (path, body, operations) => {
    expect(operationsOfV2(path, body)).toEqual({ kind: 'operations', operations });
  });

  it('may be any number', () => {
    const batch = Array(5_000).fill({ type: 'person' });

    expect(operationsOfV2('batch', { batch })).toEqual({ kind: 'operations', operations: batch });
  });

  it.each([[{}], [{ batch: null }], [{ batch: {} }], [{ type: 'person' }]])(
    'are none in a batch of %j',
    (body) => {
      const result = operationsOfV2('batch', body);

      expect(result).toEqual({ kind: 'rejected', field: 'batch', reason: 'batch must be an array' });
    },
  );
});
