import { messagesOfRequest } from '#shared/clients/segment/request.ts';

const batchOf = (length: number) => Array.from({ length }, (_, nth) => ({ type: 'track', event: `e${nth}` }));

describe('the messages of a request', () => {
  it.each([['identify'], ['track'], ['page'], ['screen'], ['group'], ['alias']] as const)(
    'of %s is its body, of the type that the path says',
    (path) => {
      const messages = [{}, { type: null }, { type: 'other' }].map((body) =>
        messagesOfRequest(path, { userId: 'u', ...body }),
      );

      expect(messages).toEqual(Array(3).fill({ kind: 'messages', messages: [{ userId: 'u', type: path }] }));
    },
  );

  it.each([['batch'], ['import']] as const)('of %s are its items', (path) => {
    const batch = [{ type: 'track', userId: 'u' }, null, 'x', [], { context: 7 }];

    expect(messagesOfRequest(path, { batch })).toEqual({ kind: 'messages', messages: batch });
  });

  it.each([[0], [1], [2_500]])('may be %d', (length) => {
    const result = messagesOfRequest('batch', { batch: batchOf(length) });

    expect(result).toMatchObject({ kind: 'messages', messages: { length } });
  });

  it.each([
    [{}, 'batch', 'batch is required'],
    [{ batch: null }, 'batch', 'batch is required'],
    [{ batch: {} }, 'batch', 'batch must be an array'],
    [{ batch: batchOf(2_501) }, 'batch', 'batch must have at most 2500 messages'],
    [{ batch: [], context: 'x' }, 'context', 'context must be an object'],
  ])('are rejected if the envelope is invalid', (body, field, reason) => {
    expect(messagesOfRequest('batch', body)).toEqual({ kind: 'rejected', field, reason });
  });

  it.each([
    ['no context', {}, { ip: '192.0.2.1', groupId: 'acme' }],
    ['null', { context: null }, { ip: '192.0.2.1', groupId: 'acme' }],
    ['an empty map of PHP', { context: [] }, { ip: '192.0.2.1', groupId: 'acme' }],
    [
      'its own, which takes precedence',
      { context: { groupId: 'other', a: 1 } },
      { ip: '192.0.2.1', groupId: 'other', a: 1 },
    ],
    ['an invalid one, which stays', { context: 'x' }, 'x'],
  ])("have the envelope's context: an item with %s", (_case, item, context) => {
    const body = { batch: [item], context: { ip: '192.0.2.1', groupId: 'acme' } };

    expect(messagesOfRequest('batch', body)).toEqual({ kind: 'messages', messages: [{ context }] });
  });

  it('have neither the times of the envelope nor a key', () => {
    const item = { type: 'track', event: 'x' };
    const envelope = { sentAt: 'a', timestamp: 'b', writeKey: 'secret', integrations: {}, messageId: 'c' };

    const messages = [
      messagesOfRequest('batch', { ...envelope, batch: [{ ...item, writeKey: 'secret' }] }),
      messagesOfRequest('track', { ...item, writeKey: 'secret' }),
    ];

    expect(messages).toEqual(Array(2).fill({ kind: 'messages', messages: [item] }));
  });
});
