import * as v from 'valibot';
import { IdentitySchema } from '../identities/identity-schemas.ts';
import { isJsonObject, isNestedWithin, numberOf } from '../json/lossless-json.ts';
import { type Checked, rejected, valid } from './checked.ts';

/** A JSON object of a message, parsed by `parseLossless`. */
export type Fields = Readonly<Record<string, unknown>>;

/** The text of a text or of a number, which is taken as it was written; undefined for all else. */
export const textOf = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value;
  return numberOf(value) === undefined ? undefined : JSON.stringify(value);
};

/** The object that a value is; undefined for all else. */
export const fieldsOf = (value: unknown): Fields | undefined => (isJsonObject(value) ? value : undefined);

/** Whether a value says nothing: clients print fields that have none as null or as empty text. */
const isAbsent = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

/**
 * Creates a parser of ids that the sender has chosen: text, which is trimmed, or a number. The value of an id that says
 * nothing is undefined.
 * @param field - the field's name, which reasons begin with
 */
export const idParser = (field: string): ((value: unknown) => Checked<string | undefined>) => {
  // All ids that senders choose have the same rules, whatever they name.
  const schema = IdentitySchema('userId', field);
  return (value) => {
    if (isAbsent(value)) return valid(undefined);
    const result = v.safeParse(schema, textOf(value) ?? value);
    return result.success ? valid(result.output) : rejected(field, result.issues[0].message);
  };
};

/**
 * An object of a message. One that is absent is empty, and so is an empty array, as which PHP prints an empty map.
 * @param field - the field's name, which reasons begin with
 * @param depth - the maximum nesting, in levels
 */
export const mapOf = (field: string, value: unknown, depth: number): Checked<Fields> => {
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return valid({});
  if (!isJsonObject(value)) return rejected(field, `${field} must be an object`);
  return isNestedWithin(depth, value)
    ? valid(value)
    : rejected(field, `${field} must be nested at most ${depth} levels deep`);
};
