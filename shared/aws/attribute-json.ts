/**
 * Whether JSON text may contain binary attribute values. The SDK represents attribute values as DynamoDB's JSON does,
 * except binary ones, which are bytes in the SDK and base64 in JSON. Those are rare, and visiting every value costs
 * more than all other work, so the text is first searched for the end of the keys `"B"` and `"BS"`. A quote inside a
 * string is escaped, so nothing there can match; an attribute whose name ends in B is a false positive, which costs
 * time but changes nothing.
 */
const mayHoldBytes = (text: string): boolean => text.includes('B":') || text.includes('BS":');

/** Serializes the input of a call. */
export const toJson = (input: object): string => {
  const text = JSON.stringify(input);
  return mayHoldBytes(text) ? JSON.stringify(input, bytesAsBase64) : text;
};

/** Parses the output of a call. @throws SyntaxError if the text is not JSON */
export const fromJson = (text: string): unknown =>
  mayHoldBytes(text) ? JSON.parse(text, base64AsBytes) : JSON.parse(text);

function bytesAsBase64(this: Record<string, unknown>, key: string, value: unknown): unknown {
  // From the holder, since a Buffer's toJSON has been called on the value before it is passed here.
  const raw = this[key];
  return raw instanceof Uint8Array ? Buffer.from(raw).toString('base64') : value;
}

const base64AsBytes = (key: string, value: unknown): unknown => {
  if (key === 'B' && typeof value === 'string') return Buffer.from(value, 'base64');
  if (key === 'BS' && Array.isArray(value)) return value.map((text: string) => Buffer.from(text, 'base64'));
  return value;
};
