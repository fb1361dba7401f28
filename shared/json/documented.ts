import * as v from 'valibot';

/** A hand-written part of a JSON Schema, draft 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * Attaches a JSON Schema to a valibot schema from which none can be derived: after a transformation or for a custom
 * check. `shared/contract/json-schema.ts` reads it.
 */
export const documented = <T>(jsonSchema: JsonSchema) =>
  v.metadata<T, { jsonSchema: JsonSchema }>({ jsonSchema });

/** A reference to a schema that the OpenAPI document lists by name; see `shared/contract/components.ts`. */
export const component = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
