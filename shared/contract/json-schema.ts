import { type ConversionConfig, toJsonSchema, toJsonSchemaDefs } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import { component, type JsonSchema } from '../json/documented.ts';

/** How JSON Schemas are derived: draft 2020-12, as in OpenAPI 3.1, of the input; named schemas become references. */
const CONFIG: ConversionConfig = {
  target: 'draft-2020-12',
  typeMode: 'input',
  // Checks and transformations have no JSON Schema; what they require is documented beside them.
  errorMode: 'ignore',
  overrideAction: ({ valibotAction, jsonSchema }) => {
    const { metadata } = valibotAction as { metadata?: { jsonSchema?: JsonSchema } };
    if (metadata?.jsonSchema === undefined) return undefined;
    const { jsonSchema: _raw, ...derived } = jsonSchema as JsonSchema;
    return { ...derived, ...metadata.jsonSchema };
  },
  // Generated TypeScript clients make a field with a default mandatory, so defaults of bodies are in descriptions.
  overrideSchema: ({ valibotSchema, jsonSchema }) => {
    if (valibotSchema.type !== 'exact_optional') return undefined;
    const { default: _inDescription, ...derived } = jsonSchema;
    return derived;
  },
  overrideRef: ({ referenceId }) => component(referenceId)['$ref'] as string,
};

/** Derives JSON Schemas from valibot schemas; parts that cannot be derived are taken from `documented`. */
export interface JsonSchemas {
  /** The schemas by name. */
  readonly components: Readonly<Record<string, JsonSchema>>;
  /** The JSON Schema of a schema; a reference if the schema has a name. */
  of(schema: v.GenericSchema): JsonSchema;
}

/** @param named - the schemas to which others refer by name, as the components of the OpenAPI document */
export const createJsonSchemas = (named: Readonly<Record<string, v.GenericSchema>>): JsonSchemas => ({
  components: toJsonSchemaDefs(named, CONFIG) as Record<string, JsonSchema>,
  of: (schema) => {
    const { $schema, $defs, ...result } = toJsonSchema(schema, { ...CONFIG, definitions: named });
    return result;
  },
});
