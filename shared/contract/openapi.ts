import type * as v from 'valibot';
import { ErrorSchema } from './answers.ts';
import { jsonSchemaOf } from './json-schema.ts';
import type { ErrorStatus, Operation } from './operation.ts';
import { type ListedOperation, OPERATIONS } from './operations.ts';

/** Errors by status: their meaning, an example of their code, and whether they have a `Retry-After`. */
const ERRORS: Record<
  ErrorStatus | 401 | 405 | 429 | 500,
  { readonly description: string; readonly code: string; readonly retryAfter?: boolean }
> = {
  400: { description: 'The request is invalid; the message states the reason', code: 'bad_request' },
  401: { description: 'X-API-Key is missing, unknown or revoked', code: 'unauthorized' },
  404: { description: 'The resource does not exist in the organisation', code: 'not_found' },
  405: { description: 'The path does not support this method', code: 'method_not_allowed' },
  409: { description: 'The request conflicts with the current state of the resource', code: 'conflict' },
  413: {
    description: 'Too many entries, or the body is too large; nothing is stored',
    code: 'batch_too_large',
  },
  415: { description: 'The body is not JSON', code: 'unsupported_media_type' },
  429: { description: 'Too many requests', code: 'too_many_requests', retryAfter: true },
  500: {
    description: 'An unexpected error occurred in the service',
    code: 'internal_error',
    retryAfter: true,
  },
  503: {
    description: 'Not everything could be stored in time; sending the same request again is safe',
    code: 'not_all_stored',
    retryAfter: true,
  },
};

const retryAfterHeader = {
  'Retry-After': {
    description: 'Seconds to wait before the request is sent again',
    schema: { type: 'integer' },
  },
};

const errorResponses = Object.fromEntries(
  Object.entries(ERRORS).map(([status, { description, code, retryAfter }]) => [
    `Error${status}`,
    {
      description,
      ...(retryAfter && { headers: retryAfterHeader }),
      content: {
        'application/json': {
          schema: { $ref: '#/components/schemas/Error' },
          example: {
            error: { code, message: description, requestId: '5b6a1c52-7d0e-4f3c-9a55-0c1d7f6b2a10' },
          },
        },
      },
    },
  ]),
);

const parametersOf = ({ path, query = [] }: Operation) => [
  ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  })),
  ...query.map(({ required = false, ...parameter }) => ({ in: 'query', required, ...parameter })),
];

const answerSchema = (schema: Operation['response']['schema']) => {
  if (schema === undefined) return { type: 'object' };
  return Array.isArray(schema)
    ? { oneOf: schema.map(jsonSchemaOf) }
    : jsonSchemaOf(schema as v.GenericSchema);
};

const operationObject = (operation: ListedOperation) => {
  const { operationId, tag, summary, description, isPublic, request, response, errors } = operation;
  const statuses = [...errors, ...(isPublic ? [] : ([401, 429] as const)), 500 as const].sort();
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description && { description }),
    ...(isPublic && { security: [] }),
    parameters: parametersOf(operation),
    ...(request && {
      requestBody: {
        required: true,
        content: {
          'application/json': { schema: jsonSchemaOf(request.schema), example: request.example },
        },
      },
    }),
    responses: {
      [response.status]: {
        description: response.description,
        ...(response.importId && {
          headers: { 'x-import-id': { description: 'The id of the receipt', schema: { type: 'string' } } },
        }),
        ...(response.status !== 204 && {
          content: {
            'application/json': {
              schema: answerSchema(response.schema),
              ...(response.example !== undefined && { example: response.example }),
            },
          },
        }),
      },
      ...Object.fromEntries(
        statuses.map((status) => [status, { $ref: `#/components/responses/Error${status}` }]),
      ),
    },
  };
};

/** The OpenAPI 3.1 document, generated from the operations and the schemas that validate requests. */
export const openApiDocument = () => {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of OPERATIONS) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: operationObject(operation),
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Pigeon Perch Backfill',
      version: '1',
      description:
        'Import contacts and their historical events with their original timestamps. ' +
        'An unsupported method returns 405, an unknown path 404.',
    },
    servers: [{ url: '/api', description: 'The stage of the API' }],
    security: [{ apiKey: [] }],
    paths,
    components: {
      securitySchemes: { apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' } },
      schemas: { Error: jsonSchemaOf(ErrorSchema) },
      responses: errorResponses,
    },
  };
};
