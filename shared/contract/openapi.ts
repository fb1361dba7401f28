import type * as v from 'valibot';
import type { JsonSchema } from '../json/documented.ts';
import { COMPONENTS } from './components.ts';
import { errorResponses, errorsOf, IMPORT_ID } from './errors.ts';
import { createJsonSchemas, type JsonSchemas } from './json-schema.ts';
import type { Operation } from './operation.ts';
import { type ListedOperation, OPERATIONS } from './operations.ts';
import { DESCRIPTION, TAGS } from './overview.ts';
import { PATH_PARAMETERS } from './parameters.ts';

/** The part of every path that is in the URL of the server instead of the document's paths. */
const VERSION = '/v1';

/**
 * The server, relative to the URL of the document, `{base}/v1/openapi.json`. The base differs: `/api` at the default
 * address, `/api` or nothing at a custom domain, a longer prefix at the local stack.
 *
 * It is not `..` beside paths that begin with `/v1`: by RFC 3986, 5.2.4, that resolves to the base with a slash at its
 * end, to which a path is appended as it is (OpenAPI 3.1, "Paths Object"). Many clients remove the slash; the others would
 * request `{base}//v1/contacts`.
 */
const SERVER = { url: `..${VERSION}`, description: 'The API that serves this document' };

const parametersOf = ({ path, query = [] }: Operation, schemas: JsonSchemas) => [
  ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
    const parameter = PATH_PARAMETERS[name];
    if (parameter === undefined) throw new Error(`The parameter ${name} of ${path} is not described`);
    const { schema, ...described } = parameter;
    return { name, in: 'path', required: true, ...described, schema: schemas.of(schema) };
  }),
  ...query.map(({ required = false, schema, ...described }) => ({
    in: 'query',
    required,
    ...described,
    schema: schemas.of(schema),
  })),
];

const answerSchema = (schema: Operation['response']['schema'], schemas: JsonSchemas): JsonSchema => {
  if (schema === undefined) return { type: 'object' };
  return Array.isArray(schema) ? { oneOf: schema.map(schemas.of) } : schemas.of(schema as v.GenericSchema);
};

const operationObject = (operation: ListedOperation, schemas: JsonSchemas) => {
  const { operationId, tag, summary, description, isPublic, request, response } = operation;
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description && { description }),
    ...(isPublic && { security: [] }),
    parameters: parametersOf(operation, schemas),
    ...(request && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: schemas.of(request.schema), example: request.example } },
      },
    }),
    responses: {
      [response.status]: {
        description: response.description,
        ...(response.importId && { headers: { 'x-import-id': { ...IMPORT_ID, required: true } } }),
        ...(response.status !== 204 && {
          content: {
            'application/json': {
              schema: answerSchema(response.schema, schemas),
              ...(response.example !== undefined && { example: response.example }),
            },
          },
        }),
      },
      ...Object.fromEntries(
        errorsOf(operation).map((status) => [status, { $ref: `#/components/responses/Error${status}` }]),
      ),
    },
  };
};

/** The key of an operation's path in the document: its path without the version. */
export const documentedPath = (path: string): string => {
  if (!path.startsWith(`${VERSION}/`)) throw new Error(`The path ${path} does not begin with ${VERSION}/`);
  return path.slice(VERSION.length);
};

/** The OpenAPI 3.1 document, generated from the operations and the schemas that validate requests. */
export const openApiDocument = () => {
  const schemas = createJsonSchemas(COMPONENTS);
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of OPERATIONS) {
    const path = documentedPath(operation.path);
    paths[path] = {
      ...paths[path],
      [operation.method.toLowerCase()]: operationObject(operation, schemas),
    };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Pigeon Perch Backfill', version: '1', description: DESCRIPTION },
    servers: [SERVER],
    security: [{ apiKey: [] }],
    tags: TAGS,
    paths,
    components: {
      securitySchemes: {
        apiKey: {
          type: 'apiKey',
          in: 'header',
          name: 'X-API-Key',
          description: 'Names the organisation; a request reads and writes only what belongs to it',
        },
      },
      schemas: schemas.components,
      responses: errorResponses(),
    },
  };
};
