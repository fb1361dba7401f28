import { toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import type { JsonSchema } from '../json/documented.ts';

/**
 * The JSON Schema (draft 2020-12, as in OpenAPI 3.1) of the input of a valibot schema. Parts that cannot be
 * derived are taken from `documented`.
 */
export const jsonSchemaOf = (schema: v.GenericSchema): JsonSchema => {
  const { $schema, ...result } = toJsonSchema(schema, {
    target: 'draft-2020-12',
    typeMode: 'input',
    errorMode: 'ignore',
    overrideAction: ({ valibotAction, jsonSchema }) => {
      const { metadata } = valibotAction as { metadata?: { jsonSchema?: JsonSchema } };
      if (metadata?.jsonSchema === undefined) return undefined;
      const { jsonSchema: _raw, ...derived } = jsonSchema as JsonSchema;
      return { ...derived, ...metadata.jsonSchema };
    },
  });
  return result;
};
