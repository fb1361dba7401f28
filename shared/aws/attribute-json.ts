/**
 * Attribute values as JSON text and back. The SDK's form of them is DynamoDB's JSON but for binary ones, which are
 * bytes here and base64 there. Those are rare, and looking at each value costs more than the rest: so the text itself is asked
 * first, for the end of the key `"B"` or `"BS"`. Inside a string a quote is escaped, so nothing there is taken for one; where the name
 * of an attribute ends in B the answer is yes in vain, and looking closer changes nothing.
 */
const mayHoldBytes = (text: string): boolean => text.includes('B":') || text.includes('BS":');

/** The JSON of a call's input. */
export const toJson = (input: object): string => {
  const text = JSON.stringify(input);
  return mayHoldBytes(text) ? JSON.stringify(input, bytesAsBase64) : text;
};

/** A call's output. @throws SyntaxError where the text is not JSON */
export const fromJson = (text: string): unknown =>
  mayHoldBytes(text) ? JSON.parse(text, base64AsBytes) : JSON.parse(text);

function bytesAsBase64(this: Record<string, unknown>, key: string, value: unknown): unknown {
  // The holder's value: a Buffer has been made an object before it comes here.
  const raw = this[key];
  return raw instanceof Uint8Array ? Buffer.from(raw).toString('base64') : value;
}

const base64AsBytes = (key: string, value: unknown): unknown => {
  if (key === 'B' && typeof value === 'string') return Buffer.from(value, 'base64');
  if (key === 'BS' && Array.isArray(value)) return value.map((text: string) => Buffer.from(text, 'base64'));
  return value;
};
