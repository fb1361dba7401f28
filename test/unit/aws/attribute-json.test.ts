import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { fromJson, toJson } from '#shared/aws/attribute-json.ts';

/** Names and texts that look like the patterns that the conversion searches for, among arbitrary ones. */
const tricky = fc.constantFrom('B', 'BS', 'S', '"B":{', '"B":"', '"BS":[', '\\"B":{', '{"B":"eA=="}');
const text = fc.oneof(tricky, fc.string({ unit: 'binary' }));
const bytes = fc.uint8Array({ maxLength: 8 });

const { value } = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.record({ S: text }),
    fc.record({ N: fc.integer().map(String) }),
    fc.record({ B: bytes }),
    fc.record({ B: bytes.map((array) => Buffer.from(array)) }),
    fc.record({ BS: fc.array(bytes, { minLength: 1, maxLength: 3 }) }),
    fc.record({ SS: fc.array(text, { minLength: 1, maxLength: 3 }) }),
    fc.record({ NULL: fc.constant<true>(true) }),
    fc.record({ L: fc.array(tie('value'), { maxLength: 3 }) }),
    fc.record({ M: fc.dictionary(text, tie('value'), { maxKeys: 3 }) }),
  ) as fc.Arbitrary<AttributeValue>,
}));

/** A comparable form of a value, computed independently: bytes as hex, in a wrapper that no text can be confused with. */
const plain = (part: unknown): unknown => {
  if (part instanceof Uint8Array) return { bytes: Buffer.from(part).toString('hex') };
  if (Array.isArray(part)) return part.map(plain);
  if (typeof part !== 'object' || part === null) return part;
  return Object.entries(part).map(([name, inner]) => [name, plain(inner)]);
};

it('any attribute value is equal after conversion to JSON and back, whatever its names and texts look like', () => {
  fc.assert(
    fc.property(fc.dictionary(text, value, { maxKeys: 4 }), (Item) => {
      const input = { RequestItems: { table: [{ PutRequest: { Item } }] } };

      const json = toJson(input);

      expect(plain(fromJson(json))).toEqual(plain(input));
      // Some engines, including the local one, write white space after a colon.
      expect(plain(fromJson(JSON.stringify(JSON.parse(json), null, 1)))).toEqual(plain(input));
    }),
    { numRuns: 2_000 },
  );
});

it('bytes are base64 in JSON, as DynamoDB requires', () => {
  const item = {
    one: { B: new Uint8Array([1, 2, 255]) },
    more: { BS: [Buffer.from('a'), Buffer.from('bc')] },
  };

  expect(JSON.parse(toJson(item))).toEqual({ one: { B: 'AQL/' }, more: { BS: ['YQ==', 'YmM='] } });
});
