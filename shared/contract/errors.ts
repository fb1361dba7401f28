import type { Operation, OwnErrorStatus } from './operation.ts';

/** The statuses of errors. */
export type ErrorStatus = OwnErrorStatus | 400 | 401 | 403 | 405 | 413 | 415 | 429 | 500 | 503;

interface ErrorResponse {
  readonly description: string;
  /** An example of the code. */
  readonly code: string;
  /** The headers of the response, besides those of every response. */
  readonly headers?: Readonly<Record<string, Header>>;
}

interface Header {
  readonly description: string;
  readonly schema: { readonly type: 'integer' | 'string' };
  /** Whether every such response has it. @default false */
  readonly required?: boolean;
}

const RETRY_AFTER: Header = {
  description: 'Seconds to wait before the request is sent again',
  schema: { type: 'integer' },
};

/** The header with the id of an import. */
export const IMPORT_ID: Header = {
  description: 'The id of the import, by which its receipt can be read',
  schema: { type: 'string' },
};

const ERRORS: Readonly<Record<ErrorStatus, ErrorResponse>> = {
  400: { description: 'The request is invalid; the message states the reason', code: 'bad_request' },
  401: { description: 'X-API-Key is missing, unknown or revoked', code: 'unauthorized' },
  403: { description: 'The API key may not do this', code: 'forbidden' },
  404: { description: 'The resource does not exist in the organisation', code: 'not_found' },
  405: {
    description: 'The path does not support this method',
    code: 'method_not_allowed',
    headers: {
      Allow: { description: 'The methods of the path, separated by commas', schema: { type: 'string' } },
    },
  },
  409: { description: 'The request conflicts with the current state of the resource', code: 'conflict' },
  413: {
    description:
      'Too many entries (`batch_too_large`), or the body is too large (`body_too_large`); nothing is stored',
    code: 'batch_too_large',
  },
  415: { description: 'The body is not JSON', code: 'unsupported_media_type' },
  429: {
    description: 'Too many requests, or too many jobs of the organisation are running',
    code: 'too_many_requests',
    headers: { 'Retry-After': RETRY_AFTER },
  },
  500: {
    description: 'An unexpected error occurred in the service',
    code: 'internal_error',
    headers: { 'Retry-After': RETRY_AFTER },
  },
  503: {
    description:
      'The service could not complete the request in time, or not all of a batch is stored (`not_all_stored`); sending ' +
      'the same request again is safe',
    code: 'not_all_stored',
    headers: {
      'Retry-After': RETRY_AFTER,
      'x-import-id': {
        ...IMPORT_ID,
        description: `Of an import that has a receipt. ${IMPORT_ID.description}`,
      },
    },
  },
};

/** Every error response, as a component of the OpenAPI document. */
export const errorResponses = () =>
  Object.fromEntries(
    Object.entries(ERRORS).map(([status, { description, code, headers }]) => [
      `Error${status}`,
      {
        description,
        ...(headers && { headers }),
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

/**
 * The statuses of the errors that an operation may answer. API Gateway answers some itself
 * (infra/parts/gateway-errors.ts): 403 for a key that it does not accept, 429 when it throttles, 503 if the function
 * takes too long. 405 is that of other methods, so no operation answers it.
 */
export const errorsOf = ({ isPublic = false, query = [], request, errors }: Operation): ErrorStatus[] => {
  const statuses = new Set<ErrorStatus>([...errors, 429, 500, 503]);
  if (!isPublic) statuses.add(401).add(403);
  if (query.length > 0) statuses.add(400);
  if (request !== undefined) statuses.add(400).add(413).add(415);
  return [...statuses].sort();
};
