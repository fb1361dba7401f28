import fc from 'fast-check';
import * as v from 'valibot';
import { MAX_ANSWER_BYTES } from '#shared/http/answer-size.ts';
import { cursorOf, encodeCursor, limitOf, listEntry, MAX_LIMIT, pageOf } from '#shared/http/paging.ts';
import { resultBytes } from '#test/support/lambda-result.ts';

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

describe('pageOf', () => {
  const Position = v.object({ nth: v.number() });
  const KB = 1_024;

  /** Entries of these sizes as stored, of a character that takes up to seven bytes in a response. */
  const listOf = (entries: readonly { readonly kb: number; readonly filler: string }[]) =>
    entries.map(({ kb, filler }, nth) => listEntry({ nth, text: filler.repeat(kb * KB) }, { nth }));

  /** Reads a list page by page, as a caller does. */
  const pagesOf = async (list: ReturnType<typeof listOf>, limit: number) => {
    const pages: { readonly items: { readonly nth: number }[]; readonly bytes: number }[] = [];
    let cursor: string | null = null;
    do {
      const after: v.InferOutput<typeof Position> | undefined =
        cursor === null ? undefined : cursorOf({ query: { cursor } }, Position);
      const rest = list.slice(after === undefined ? 0 : after.nth + 1);
      const requested = rest.slice(0, limit);
      const body = await pageOf(requested, rest.length > limit ? requested.at(-1)?.position : undefined);
      const { items, nextCursor } = JSON.parse(body.text);
      pages.push({ items, bytes: resultBytes({ statusCode: 200, body }) });
      cursor = nextCursor;
    } while (cursor !== null);
    return pages;
  };

  it('ends a page that a response could not hold, and the next one continues after it', async () => {
    const entry = fc.record({
      kb: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 400 })),
      filler: fc.constantFrom('x', '"', '\\', 'é', '\u0001'),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(entry, { maxLength: 40 }),
        fc.integer({ min: 1, max: 40 }),
        async (entries, limit) => {
          const list = listOf(entries);

          const pages = await pagesOf(list, limit);

          expect(pages.flatMap(({ items }) => items.map(({ nth }) => nth))).toEqual(
            list.map((_, nth) => nth),
          );
          for (const { items, bytes } of pages) {
            expect(bytes).toBeLessThan(MAX_ANSWER_BYTES + 1_000);
            expect(items.length).toBeGreaterThan(list.length === 0 ? -1 : 0);
            expect(items.length).toBeLessThanOrEqual(limit);
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it('does not end a page that a response can hold', async () => {
    const list = listOf(Array(50).fill({ kb: 100, filler: 'x' }));

    const [first, ...others] = await pagesOf(list, 200);

    expect(first?.items).toHaveLength(50);
    expect(others).toEqual([]);
  });

  it('reads no entry after a page is full', async () => {
    let read = 0;
    async function* entries() {
      for (const entry of listOf(Array(40).fill({ kb: 400, filler: '"' }))) {
        read += 1;
        yield entry;
      }
    }

    const { text } = await pageOf(entries(), undefined);

    const { items, nextCursor } = JSON.parse(text);
    expect(read).toBe(items.length + 1);
    expect(cursorOf({ query: { cursor: nextCursor } }, Position)).toEqual({ nth: items.length - 1 });
  });
});
