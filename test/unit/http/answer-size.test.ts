import fc from 'fast-check';
import { beginningOfBytes, sentBytes, sentTextBytes } from '#shared/http/answer-size.ts';

/** Texts whose characters take one to seven bytes in a response. */
const text = fc.string({ unit: fc.constantFrom('a', '"', '\\', '\u0001', '\n', 'é', '東', '😀') });

/** What a body adds to the response of a function, which Lambda sends as JSON. */
const addedBytes = (body: string): number =>
  Buffer.byteLength(JSON.stringify({ statusCode: 200, body })) -
  Buffer.byteLength(JSON.stringify({ statusCode: 200, body: '' }));

describe('the size of a part of a response', () => {
  it('is what it adds to the function’s response', () => {
    fc.assert(
      fc.property(fc.jsonValue(), text, (value, key) => {
        const body = JSON.stringify({ [key]: value });

        expect(sentBytes(body)).toBe(addedBytes(body));
      }),
    );
  });

  it.each([
    ['a', 1],
    ['é', 2],
    ['東', 3],
    ['😀', 4],
    ['"', 4],
    ['\\', 4],
    ['\u0001', 7],
    ['\n', 3],
  ])('of the text %j is %i bytes', (character, bytes) => {
    expect(sentTextBytes(character.repeat(10))).toBe(10 * bytes);
  });
});

describe('the beginning of a text', () => {
  it('is the longest that takes no more than the given bytes, and splits no character', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: -5, max: 100 }), (whole, bytes) => {
        const beginning = beginningOfBytes(whole, bytes);

        const [next = ''] = whole.slice(beginning.length);
        expect(whole.startsWith(beginning)).toBe(true);
        expect(beginning.isWellFormed()).toBe(true);
        expect(sentTextBytes(beginning)).toBeLessThanOrEqual(Math.max(bytes, 0));
        if (next !== '') expect(sentTextBytes(beginning + next)).toBeGreaterThan(bytes);
      }),
    );
  });
});
