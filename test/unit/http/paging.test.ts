import fc from 'fast-check';
import * as v from 'valibot';
import { cursorOf, encodeCursor, limitOf, MAX_LIMIT } from '#shared/http/paging.ts';

describe('limitOf', () => {
  it('is 50 by default', () => {
    expect(limitOf({ query: {} })).toBe(50);
  });

  it.each([
    ['1', 1],
    ['50', 50],
    [String(MAX_LIMIT), MAX_LIMIT],
  ])('accepts %s', (limit, expected) => {
    expect(limitOf({ query: { limit } })).toBe(expected);
  });

  it.each(['0', '201', '-1', '1.5', '1e2', ' 5', '5 ', '', 'many', '0x10', '99999'])(
    'rejects %j with 400, with the valid range',
    (limit) => {
      expect(() => limitOf({ query: { limit } })).toThrow(
        expect.objectContaining({ statusCode: 400, message: 'limit must be a whole number from 1 to 200' }),
      );
    },
  );
});

describe('cursorOf', () => {
  const Position = v.object({ at: v.number(), id: v.string() });

  it('is undefined if the caller sends none', () => {
    expect(cursorOf({ query: {} }, Position)).toBeUndefined();
  });

  it('decodes any position that encodeCursor encoded, after passing through a URL', () => {
    fc.assert(
      fc.property(fc.record({ at: fc.integer(), id: fc.string({ unit: 'grapheme' }) }), (position) => {
        const cursor = encodeCursor(position);
        const received = new URL(`https://host/list?cursor=${cursor}`).searchParams.get('cursor') ?? '';

        expect(cursorOf({ query: { cursor: received } }, Position)).toEqual(position);
      }),
    );
  });

  it.each([
    ['not base64url', '!!!'],
    ['empty', ''],
    ['not JSON', Buffer.from('{"at":').toString('base64url')],
    ['of another list', encodeCursor('imp_1')],
    ['missing a field', encodeCursor({ at: 1 })],
  ])('rejects one that is %s with 400', (_case, cursor) => {
    expect(() => cursorOf({ query: { cursor } }, Position)).toThrow(
      expect.objectContaining({ statusCode: 400, message: 'cursor is not one that this list gave' }),
    );
  });
});
