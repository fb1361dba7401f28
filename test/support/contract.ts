import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';

/** A JSON Schema of the document. */
type Schema = Record<string, unknown>;

/**
 * The schema with additional properties forbidden, since every field of an answer must be documented. A schema of a
 * map (`additionalProperties`) or of a combination is not changed.
 */
const closed = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, closed(value)]),
  ) as Schema;
  const isPlainObject = inner['type'] === 'object' && typeof inner['properties'] === 'object';
  return isPlainObject && !('additionalProperties' in inner)
    ? { ...inner, additionalProperties: false }
    : inner;
};

/**
 * The violations of a schema of the document by a value; empty if the value is valid.
 * @throws Error if there is no schema, since any value would satisfy it
 */
export const violations = (
  document: { readonly components?: unknown },
  schema: unknown,
  value: unknown,
  { isAnswer = false } = {},
): (Pick<ErrorObject, 'instancePath' | 'message'> & { params: unknown })[] => {
  if (typeof schema !== 'object' || schema === null)
    throw new Error('The document has no schema for this value');
  // Formats are annotations in JSON Schema 2020-12.
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  const prepare = isAnswer ? closed : (same: unknown) => same;
  const validate = ajv.compile({ ...(prepare(schema) as Schema), components: prepare(document.components) });
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message, params }) => ({
    instancePath,
    message,
    params,
  }));
};

interface Media {
  readonly schema?: unknown;
  readonly example?: unknown;
}

/** The JSON media type of a request or response in the document; references are resolved. */
export const jsonMedia = (document: unknown, described: unknown): Media | undefined => {
  const { $ref, content } = (described ?? {}) as { $ref?: string; content?: Record<string, Media> };
  if ($ref === undefined) return content?.['application/json'];
  const target = $ref
    .slice(2)
    .split('/')
    .reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], document);
  return jsonMedia(document, target);
};
