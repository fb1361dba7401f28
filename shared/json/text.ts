import * as v from 'valibot';

/**
 * Text of some length in characters (code points, as JSON Schema counts them), without halves of surrogate pairs:
 * those have no UTF-8, so two of them would be stored as one.
 *
 * @param min - at least so many characters
 * @param max - at most so many
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
  // A character is one or two UTF-16 units, so most texts need no counting.
  return text.length <= max || (text.length <= 2 * max && [...text].length <= max);
};
