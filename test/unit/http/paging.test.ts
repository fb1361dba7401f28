import fc from 'fast-check';
import * as v from 'valibot';
import { cursorOf, encodeCursor, limitOf, MAX_LIMIT } from '#shared/http/paging.ts';

describe('limitOf', () => {
  it('is 50 where the caller does not say', () => {
    expect(limitOf({ query: {} })).toBe(50);
  });

  it.each([
    ['1', 1],
    ['50', 50],
    [String(MAX_LIMIT), MAX_LIMIT],
  ])('takes %s', (limit, expected) => {
    expect(limitOf({ query: { limit } })).toBe(expected);
  });

  it.each(['0', '201', '-1', '1.5', '1e2', ' 5', '5 ', '', 'many', '0x10', '99999'])(
    'refuses %j with 400, saying what it must be',
    (limit) => {
      expect(() => limitOf({ query: { limit } })).toThrow(
        expect.objectContaining({ statusCode: 400, message: 'limit must be a whole number from 1 to 200' }),
      );
    },
  );
});

describe('cursorOf', () => {
  const Position = v.object({ at: v.number(), id: v.string() });

  it('is undefined where the caller sends none', () => {
    expect(cursorOf({ query: {} }, Position)).toBeUndefined();
  });

  it('gives back any position that encodeCursor made, through a URL', () => {
    fc.assert(
      fc.property(fc.record({ at: fc.integer(), id: fc.string({ unit: 'grapheme' }) }), (position) => {
        const cursor = encodeCursor(position);
        const received = new URL(`https://host/list?cursor=${cursor}`).searchParams.get('cursor') ?? '';

        expect(cursorOf({ query: { cursor: received } }, Position)).toEqual(position);
      }),
    );
  });

  it.each([
    ['no base64url', '!!!'],
    ['nothing', ''],
    ['no JSON', Buffer.from('{"at":').toString('base64url')],
    ['of another list', encodeCursor('imp_1')],
    ['a field short', encodeCursor({ at: 1 })],
  ])('refuses one that is %s with 400', (_case, cursor) => {
    expect(() => cursorOf({ query: { cursor } }, Position)).toThrow(
      expect.objectContaining({ statusCode: 400, message: 'cursor is not one that this list gave' }),
    );
  });
});
