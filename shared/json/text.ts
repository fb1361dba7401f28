import * as v from 'valibot';

/**
 * A schema of text with a bounded number of characters (code points, as JSON Schema counts them). Lone surrogates are
 * refused: UTF-8 cannot encode them, so two different texts would be stored as the same.
 *
 * @param min - the minimum number of characters
 * @param max - the maximum number of characters
 * @param invalid - the message for any other value
 * @param missing - the message for null. @default - `invalid`
 */
export const TextSchema = (min: number, max: number, invalid: string, missing = invalid) =>
  v.pipe(
    v.string((issue) => (issue.input === null ? missing : invalid)),
    v.check((text) => isTextOf(min, max, text), invalid),
    v.metadata({ jsonSchema: { type: 'string', minLength: min, maxLength: max } }),
  );

/** Whether a text satisfies {@link TextSchema}. */
export const isTextOf = (min: number, max: number, text: string): boolean => {
  if (!text.isWellFormed() || text.length < min) return false;
  // A character is one or two UTF-16 code units, so most texts need no counting.
  return text.length <= max || (text.length <= 2 * max && [...text].length <= max);
};

/**
 * The most that a response repeats of a text that it was sent, in UTF-16 code units. A valid email address is repeated as
 * a whole. Source: RFC 5321 4.5.3.1.3, a path of 256 octets with its angle brackets.
 */
export const MAX_ECHO = 254;

/** The beginning of a text, of at most so many UTF-16 code units; a surrogate pair is not split. */
export const beginningOf = (text: string, length: number): string => {
  if (text.length <= length) return text;
  const beginning = text.slice(0, length);
  return /[\uD800-\uDBFF]$/.test(beginning) ? beginning.slice(0, -1) : beginning;
};
