import * as v from 'valibot';

/**
 * Text of a length in characters (code points, as JSON Schema counts them), without lone surrogates: those have no
 * UTF-8, so two different texts would be stored as the same.
 *
 * @param min - the least number of characters
 * @param max - the greatest number of characters
 * @param invalid - the reason given otherwise
 * @param missing - the reason given for null
 */
export const TextSchema = (min: number, max: number, invalid: string, missing = invalid) =>
  v.pipe(
    v.string((issue) => (issue.input === null ? missing : invalid)),
    v.check((text) => isTextOf(min, max, text), invalid),
    v.metadata({ jsonSchema: { type: 'string', minLength: min, maxLength: max } }),
  );

/** See {@link TextSchema}. */
export const isTextOf = (min: number, max: number, text: string): boolean => {
  if (!text.isWellFormed() || text.length < min) return false;
  // A character is one or two UTF-16 code units, so most texts need no counting.
  return text.length <= max || (text.length <= 2 * max && [...text].length <= max);
};
