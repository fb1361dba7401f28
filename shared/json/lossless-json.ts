/**
 * JSON that gives back every number as it was written.
 *
 * `JSON.parse` turns 12345678901234567890 into 12345678901234567000 and 1.0 into 1, and metadata must
 * return as it came. Node 24 offers a number's source text to a reviver and `JSON.rawJSON` to print it again,
 * but a reviver costs six times a plain parse (53 ms against 9 ms for 10,000 events), so it is used
 * only for a text in which some number would not survive.
 */

declare global {
  interface JSON {
    /** Wraps a primitive's JSON text, which `JSON.stringify` then prints unchanged. */
    rawJSON(text: string): { readonly rawJSON: string };
    isRawJSON(value: unknown): boolean;
  }
}

/** A number in the place of a value. A match inside a string is a false positive, which costs time but no exactness. */
const NUMBER_IN_VALUE_PLACE = /[:[,]\s*(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?=\s*[,}\]])/g;

const survives = (source: string): boolean => String(Number(source)) === source;

const hasFragileNumber = (text: string): boolean => {
  for (const match of text.matchAll(NUMBER_IN_VALUE_PLACE)) {
    if (!survives(match[1] as string)) return true;
  }
  return false;
};

const keepSource = (_key: string, value: unknown, context: { readonly source?: string }): unknown =>
  typeof value === 'number' && context.source !== undefined && !survives(context.source)
    ? JSON.rawJSON(context.source)
    : value;

/**
 * Parses JSON such that `JSON.stringify` prints each number as it was written.
 * A number that a double cannot represent becomes a raw JSON object; {@link numberOf} reads either.
 *
 * @throws SyntaxError when the text is not JSON
 */
export const parseLossless = (text: string): unknown =>
  hasFragileNumber(text)
    ? JSON.parse(text, keepSource as (key: string, value: unknown) => unknown)
    : JSON.parse(text);

/** The number that a parsed value stands for, raw or plain; undefined where it is no number. */
export const numberOf = (value: unknown): number | undefined => {
  if (typeof value === 'number') return value;
  return JSON.isRawJSON(value) ? Number((value as { rawJSON: string }).rawJSON) : undefined;
};

/** Whether objects and arrays are nested at most so deep. Deeper values would overflow the stack when printed. */
export const isNestedWithin = (depth: number, value: unknown): boolean => {
  if (typeof value !== 'object' || value === null || JSON.isRawJSON(value)) return true;
  if (depth === 0) return false;
  const parts: Readonly<Record<string, unknown>> = value as Record<string, unknown>;
  for (const key of Object.keys(parts)) if (!isNestedWithin(depth - 1, parts[key])) return false;
  return true;
};

/** A value's JSON in its sender's order of keys, and its {@link canonicalJson}; for most values they are the same. */
export const printed = (value: unknown): { readonly text: string; readonly canonical: string } => {
  const text = JSON.stringify(value);
  return { text, canonical: isInOrder(value) ? text : inOrder(value) };
};

/**
 * JSON text that is equal for equal values: keys sorted, numbers as they were written, no white space.
 */
export const canonicalJson = (value: unknown): string => printed(value).canonical;

/** Whether all keys are sorted already, as most senders have them: then printing is enough. */
const isInOrder = (value: unknown): boolean => {
  if (Array.isArray(value)) return value.every(isInOrder);
  if (!isJsonObject(value)) return true;
  let last: string | undefined;
  for (const key of Object.keys(value)) {
    if (last !== undefined && key < last) return false;
    if (!isInOrder(value[key])) return false;
    last = key;
  }
  return true;
};

const inOrder = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(inOrder).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const fields = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${inOrder(value[key])}`);
  return `{${fields.join(',')}}`;
};

/** Whether a parsed value is a JSON object: no array, no null, no raw number. */
export const isJsonObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
