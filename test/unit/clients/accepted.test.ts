import fc from 'fast-check';
import { MAX_MESSAGE_BYTES, packAccepted } from '#shared/clients/accepted.ts';
import { NOW, ORG } from '#test/support/builders.ts';

const REQUEST = { orgId: ORG, format: 'segment', receivedAt: NOW } as const;
const aText = (bytes: number): string => JSON.stringify('"'.repeat(bytes / 2));

// Source: SQS Developer Guide, "Message quotas".
const CALL_BYTES = 1_048_576;

describe('packing accepted messages', () => {
  it('keeps every message once, with its position, in records of which a call takes ten', () => {
    const sizes = fc.array(fc.integer({ min: 2, max: 120_000 }), { maxLength: 40 });
    fc.assert(
      fc.property(sizes, (bytes) => {
        const texts = bytes.map((size) => JSON.stringify('x'.repeat(size)));

        const { small, large } = packAccepted(REQUEST, texts);

        const packed = [...small, ...large].toSorted((a, b) => a.first - b.first);
        expect(packed.flatMap(({ messages }) => messages)).toEqual(texts);
        expect(packed.map(({ first, messages }) => texts.indexOf(messages[0] as string, first))).toEqual(
          packed.map(({ first }) => first),
        );
        for (const record of small) {
          expect(Buffer.byteLength(JSON.stringify(record))).toBeLessThan(CALL_BYTES / 10);
        }
        for (const record of large) {
          expect(Buffer.byteLength(JSON.stringify(record))).toBeLessThan(CALL_BYTES);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('sends the largest message that is accepted in a call of its own', () => {
    const text = aText(MAX_MESSAGE_BYTES - 2);

    const { small, large } = packAccepted(REQUEST, ['{}', text, '[]']);

    expect(small.map(({ first, messages }) => [first, messages])).toEqual([
      [0, ['{}']],
      [2, ['[]']],
    ]);
    expect(large.map(({ first }) => first)).toEqual([1]);
    expect(Buffer.byteLength(JSON.stringify(large[0]))).toBeLessThan(CALL_BYTES);
  });

  it('makes no record of no messages', () => {
    expect(packAccepted(REQUEST, [])).toEqual({ small: [], large: [] });
  });
});
