import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';

/** A JSON Schema as it stands in the document. */
type Schema = Record<string, unknown>;

/**
 * The schema without room for fields that it does not name: what is answered must be documented. Where a schema
 * describes a map (`additionalProperties`) or a combination, it stays as it is.
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

/** What is wrong with a value by a schema of the document; empty where nothing is. */
export const violations = (
  document: { readonly components?: unknown },
  schema: unknown,
  value: unknown,
  { isAnswer = false } = {},
): (Pick<ErrorObject, 'instancePath' | 'message'> & { params: unknown })[] => {
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

/** The JSON that a request or a response of the document describes; references are followed. */
export const jsonMedia = (document: unknown, described: unknown): Media | undefined => {
  const { $ref, content } = (described ?? {}) as { $ref?: string; content?: Record<string, Media> };
  if ($ref === undefined) return content?.['application/json'];
  const target = $ref
    .slice(2)
    .split('/')
    .reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], document);
  return jsonMedia(document, target);
};
