/**
 * JSON that preserves every number as it was written.
 *
 * `JSON.parse` turns 12345678901234567890 into 12345678901234567000 and 1.0 into 1, but metadata must be returned
 * exactly as it was sent. Node 24 passes a number's source text to a reviver, and `JSON.rawJSON` prints it again. A
 * reviver costs six times a plain parse (53 ms against 9 ms for 10,000 events), so it is used only for a text that
 * contains a number which a plain parse would change.
 */

declare global {
  interface JSON {
    /** Wraps a primitive's JSON text, which `JSON.stringify` then prints unchanged. */
    rawJSON(text: string): { readonly rawJSON: string };
    /** Whether a value was created by `rawJSON`. */
    isRawJSON(value: unknown): boolean;
  }
}

/**
 * A number in the position of a value. A match inside a string is a false positive, which costs time but no
 * exactness.
 */
const NUMBER_VALUE = /[:[,]\s*(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?=\s*[,}\]])/g;

/** Whether parsing a number and printing it returns its source text. */
const isExact = (source: string): boolean => String(Number(source)) === source;

const hasInexactNumber = (text: string): boolean => {
  for (const match of text.matchAll(NUMBER_VALUE)) {
    if (!isExact(match[1] as string)) return true;
  }
  return false;
};

const keepSource = (_key: string, value: unknown, context: { readonly source?: string }): unknown =>
  typeof value === 'number' && context.source !== undefined && !isExact(context.source)
    ? JSON.rawJSON(context.source)
    : value;

const parseWithSource = (text: string): unknown =>
  JSON.parse(text, keepSource as (key: string, value: unknown) => unknown);

/** More levels than any valid request has, and few enough for a reviver, which overflows the stack at some thousands. */
const PARSED_DEPTH = 500;

/** Whatever changes the depth, or could be mistaken for it: a bracket, or a whole string. */
const BRACKET_OR_STRING = /[[\]{}]|"(?:[^"\\]|\\.)*"/g;

/** Replaces each array and object below {@link PARSED_DEPTH} levels by null, in one pass over valid JSON. */
const withoutDepths = (text: string): string => {
  const kept: string[] = [];
  let depth = 0;
  let from = 0;
  for (const { 0: token, index } of text.matchAll(BRACKET_OR_STRING)) {
    if (token === '[' || token === '{') {
      if (depth === PARSED_DEPTH) kept.push(text.slice(from, index), 'null');
      depth += 1;
    } else if (token === ']' || token === '}') {
      depth -= 1;
      if (depth === PARSED_DEPTH) from = index + 1;
    }
  }
  return kept.join('') + text.slice(from);
};

/**
 * Parses JSON so that `JSON.stringify` prints each number as it was written.
 * A number that would be printed differently becomes a raw JSON object; {@link numberOf} reads both forms.
 *
 * Any nesting is parsed: one value that is too deep must not fail the others. If it is too deep for a reviver, what lies
 * below {@link PARSED_DEPTH} levels becomes null; to {@link isNestedWithin}, such a value is still too deep.
 *
 * @throws SyntaxError if the text is not JSON
 */
export const parseLossless = (text: string): unknown => {
  if (!hasInexactNumber(text)) return JSON.parse(text);
  try {
    return parseWithSource(text);
  } catch (error) {
    if (error instanceof RangeError) return parseWithSource(withoutDepths(text));
    throw error;
  }
};

/** The number that a parsed value represents, raw or plain; undefined if the value is not a number. */
export const numberOf = (value: unknown): number | undefined => {
  if (typeof value === 'number') return value;
  return JSON.isRawJSON(value) ? Number((value as { rawJSON: string }).rawJSON) : undefined;
};

/**
 * Whether objects and arrays are nested at most `depth` levels deep. Deeper values could overflow the stack when
 * printed.
 */
export const isNestedWithin = (depth: number, value: unknown): boolean => {
  if (typeof value !== 'object' || value === null || JSON.isRawJSON(value)) return true;
  if (depth === 0) return false;
  const parts: Readonly<Record<string, unknown>> = value as Record<string, unknown>;
  for (const key of Object.keys(parts)) if (!isNestedWithin(depth - 1, parts[key])) return false;
  return true;
};

/** A value's JSON with keys in the order in which they were sent, and its {@link canonicalJson}; most are identical. */
export const printed = (value: unknown): { readonly text: string; readonly canonical: string } => {
  const text = JSON.stringify(value);
  return { text, canonical: hasSortedKeys(value) ? text : sortedJson(value) };
};

/**
 * JSON text that is equal for equal values: sorted keys, numbers as they were written, no white space.
 */
export const canonicalJson = (value: unknown): string => printed(value).canonical;

/** Whether all keys are sorted already, as in most requests; such a value needs no second text. */
const hasSortedKeys = (value: unknown): boolean => {
  if (Array.isArray(value)) return value.every(hasSortedKeys);
  if (!isJsonObject(value)) return true;
  let last: string | undefined;
  for (const key of Object.keys(value)) {
    if (last !== undefined && key < last) return false;
    if (!hasSortedKeys(value[key])) return false;
    last = key;
  }
  return true;
};

const sortedJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const fields = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${sortedJson(value[key])}`);
  return `{${fields.join(',')}}`;
};

/** The JSON text of an object whose values are JSON texts, which it contains unchanged. */
export const objectText = (texts: Iterable<readonly [string, string]>): string =>
  `{${[...texts].map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`;

/** Whether a parsed value is a JSON object, as opposed to an array, null or a raw number. */
export const isJsonObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
