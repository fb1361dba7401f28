import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy, { type MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { publishMetrics, type Telemetry } from '../telemetry/telemetry.ts';
import { OutOfTimeError } from '../time/out-of-time.ts';
import { ApiError, type ApiErrorCode } from './api-error.ts';
import { type RequestBody, type RequestHeaders, requestBody } from './request-body.ts';

/** A request as an operation receives it. */
export interface ApiRequest extends RequestBody {
  /** The organisation of the API key: the only one that the request may read or write. Empty on public routes. */
  readonly orgId: string;
  readonly requestId: string;
  readonly method: string;
  /** The route's template, such as `/v1/segments/{segmentId}`. */
  readonly route: string;
  /** The path as it was sent, percent-encoded; with the base path of a custom domain, if the request was sent to one. */
  readonly path: string;
  /** By lower-case name. */
  readonly headers: RequestHeaders;
  readonly pathParameters: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly contentType: string | undefined;
}

/** A response. Its `body` is serialized as JSON, except {@link JsonText}, which is sent unchanged. */
export interface ApiResponse {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object | JsonText;
}

/** Text that is JSON already, such as metadata that must be returned exactly as it was sent. */
export class JsonText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Handles one operation of the API. It throws an {@link ApiError} for errors that the caller may see. */
export type ApiOperation = (request: ApiRequest) => Promise<ApiResponse>;

/** The `Retry-After` of responses with 5xx: as for those that API Gateway generates itself (infra/parts/gateway-errors.ts). */
const RETRY_AFTER_SECONDS = '5';

const headersOf = ({ headers }: APIGatewayProxyEvent): RequestHeaders =>
  Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));

const toRequest = (event: APIGatewayProxyEvent, headers: RequestHeaders): ApiRequest => ({
  orgId: String(event.requestContext.authorizer?.['orgId'] ?? ''),
  requestId: event.requestContext.requestId,
  method: event.httpMethod,
  route: event.resource,
  path: event.path,
  headers,
  pathParameters: event.pathParameters ?? {},
  query: event.queryStringParameters ?? {},
  contentType: headers['content-type'],
  ...requestBody(event, headers),
});

const toResult = (
  statusCode: number,
  body: ApiResponse['body'],
  headers: ApiResponse['headers'],
): APIGatewayProxyResult => ({
  statusCode,
  headers: { 'content-type': 'application/json', ...headers },
  body: statusCode === 204 ? '' : body instanceof JsonText ? body.text : JSON.stringify(body),
});

/** What a caller sees of an error. */
export interface ErrorDetails {
  readonly code: ApiErrorCode;
  readonly message: string;
  readonly requestId: string;
}

/** Turns errors into responses of one shape. Details of unexpected errors are logged and not returned. */
const apiErrors = (
  { logger }: Telemetry,
  bodyOf: (error: ErrorDetails) => object,
): MiddlewareObj<APIGatewayProxyEvent, APIGatewayProxyResult> => ({
  onError: (request) => {
    const { requestId } = request.event.requestContext;
    let error: ApiError;
    if (request.error instanceof OutOfTimeError) {
      error = new ApiError(503, 'unavailable', 'This took too long. Sending the same request again is safe.');
      logger.error('Out of time', { reason: request.error.message });
    } else if (request.error instanceof ApiError) {
      error = request.error;
      if (error.statusCode >= 500) logger.error(error.message, { code: error.code });
    } else {
      // Only the name and the stack: messages of unexpected errors may quote the request.
      logger.error('Unexpected error', {
        errorName: request.error?.name,
        stack: request.error?.stack?.split('\n').filter((line) => line.startsWith('    at ')),
      });
      error = new ApiError(500, 'internal_error', 'Something went wrong on our side');
    }
    const { statusCode, code, message } = error;
    const headers = { ...(statusCode >= 500 && { 'retry-after': RETRY_AFTER_SECONDS }), ...error.headers };
    request.response = toResult(statusCode, bodyOf({ code, message, requestId }), headers);
  },
});

/**
 * Creates the handler of an API function: an operation with log context, metrics and error responses.
 * @param errorBody - the body of an error. @default - the API's own: `{"error": {"code", "message", "requestId"}}`
 */
export const apiHandler = (
  operation: ApiOperation,
  telemetry: Telemetry,
  errorBody: (error: ErrorDetails) => object = (error) => ({ error }),
) =>
  middy<APIGatewayProxyEvent, APIGatewayProxyResult>()
    .use(injectLambdaContext(telemetry.logger))
    .use(publishMetrics(telemetry))
    .use(apiErrors(telemetry, errorBody))
    .handler(async (event) => {
      const { statusCode, body, headers } = await operation(toRequest(event, headersOf(event)));
      return toResult(statusCode, body, headers);
    });
