import * as v from 'valibot';

/** JSON Schema, draft 2020-12, as far as it is written by hand. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * Says what a schema looks like in JSON Schema where that cannot be derived from it: behind a transformation or in
 * a check of our own. `shared/contract/json-schema.ts` reads it.
 */
export const documented = <T>(jsonSchema: JsonSchema) =>
  v.metadata<T, { jsonSchema: JsonSchema }>({ jsonSchema });
