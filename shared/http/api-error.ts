/**
 * The codes of errors of whole requests; API Gateway's own responses use the same codes
 * (infra/parts/gateway-errors.ts).
 */
export const API_ERROR_CODES = [
  'bad_request',
  'unauthorized',
  'forbidden',
  'not_found',
  'conflict',
  'method_not_allowed',
  'batch_too_large',
  'body_too_large',
  'unsupported_media_type',
  'too_many_requests',
  'request_rejected',
  'internal_error',
  'not_implemented',
  'not_all_stored',
  'unavailable',
] as const;
/** One of {@link API_ERROR_CODES}. */
export type ApiErrorCode = (typeof API_ERROR_CODES)[number];

/**
 * An error that becomes the response to the whole request. The caller sees its message, so it must not contain data of
 * another organisation.
 *
 * Thrown anywhere below an API handler; the middleware turns it into
 * `{"error": {"code", "message", "requestId"}}`.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly statusCode: number;
  readonly code: ApiErrorCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    statusCode: number,
    code: ApiErrorCode,
    message: string,
    options: { readonly headers?: Readonly<Record<string, string>>; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.statusCode = statusCode;
    this.code = code;
    this.headers = options.headers ?? {};
  }
}

/** 400: the request is invalid; the message names the field and the rule that it breaks. */
export const badRequest = (message: string): ApiError => new ApiError(400, 'bad_request', message);

/** 404: the resource does not exist in the caller's organisation. */
export const notFound = (message: string): ApiError => new ApiError(404, 'not_found', message);
