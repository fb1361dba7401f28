import * as v from 'valibot';

/** JSON Schema, draft 2020-12, as far as it is written by hand. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The JSON Schema of a valibot schema where it cannot be derived: behind a transformation or in a custom check. `shared/contract/json-schema.ts` reads it.
 */
export const documented = <T>(jsonSchema: JsonSchema) =>
  v.metadata<T, { jsonSchema: JsonSchema }>({ jsonSchema });
