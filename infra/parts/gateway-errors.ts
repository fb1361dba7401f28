import { Duration } from 'aws-cdk-lib';
import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';

/** An error response that API Gateway generates itself, in the format of the functions' errors. */
interface GatewayError {
  readonly type: ResponseType;
  readonly statusCode: string;
  readonly code: string;
  /** The message to the caller. @default - API Gateway's own message */
  readonly message?: string;
  readonly retryAfter?: Duration;
}

const SOON = Duration.seconds(5);

const ERRORS: readonly GatewayError[] = [
  {
    type: ResponseType.UNAUTHORIZED,
    statusCode: '401',
    code: 'unauthorized',
    message: 'X-API-Key is missing, unknown or revoked',
  },
  {
    type: ResponseType.MISSING_AUTHENTICATION_TOKEN,
    statusCode: '404',
    code: 'not_found',
    message: 'There is no such path',
  },
  {
    type: ResponseType.THROTTLED,
    statusCode: '429',
    code: 'too_many_requests',
    message: 'Too many requests at once',
    retryAfter: SOON,
  },
  {
    type: ResponseType.QUOTA_EXCEEDED,
    statusCode: '429',
    code: 'too_many_requests',
    message: 'The quota is used up',
    retryAfter: Duration.hours(1),
  },
  {
    type: ResponseType.REQUEST_TOO_LARGE,
    statusCode: '413',
    code: 'body_too_large',
    message: 'The body is too large; send smaller batches',
  },
  { type: ResponseType.UNSUPPORTED_MEDIA_TYPE, statusCode: '415', code: 'unsupported_media_type' },
  {
    type: ResponseType.INTEGRATION_TIMEOUT,
    statusCode: '503',
    code: 'unavailable',
    message: 'This took too long. Sending the same request again is safe.',
    retryAfter: SOON,
  },
  {
    type: ResponseType.INTEGRATION_FAILURE,
    statusCode: '503',
    code: 'unavailable',
    message: 'This did not work just now. Sending the same request again is safe.',
    retryAfter: SOON,
  },
  { type: ResponseType.ACCESS_DENIED, statusCode: '403', code: 'forbidden', message: 'Not allowed' },
  { type: ResponseType.INVALID_API_KEY, statusCode: '403', code: 'forbidden', message: 'Not allowed' },
  { type: ResponseType.BAD_REQUEST_BODY, statusCode: '400', code: 'bad_request' },
  { type: ResponseType.BAD_REQUEST_PARAMETERS, statusCode: '400', code: 'bad_request' },
  { type: ResponseType.DEFAULT_4XX, statusCode: '400', code: 'bad_request' },
  {
    type: ResponseType.DEFAULT_5XX,
    statusCode: '500',
    code: 'internal_error',
    message: 'Something went wrong on our side',
  },
];

/** Gives every error that API Gateway generates itself the format of the API's errors. */
export const addGatewayErrors = (api: RestApi): void => {
  for (const { type, statusCode, code, message, retryAfter } of ERRORS) {
    const text = message === undefined ? '$context.error.messageString' : JSON.stringify(message);
    api.addGatewayResponse(type.responseType, {
      type,
      statusCode,
      ...(retryAfter && { responseHeaders: { 'Retry-After': `'${retryAfter.toSeconds()}'` } }),
      templates: {
        'application/json': `{"error":{"code":"${code}","message":${text},"requestId":"$context.requestId"}}`,
      },
    });
  }
};
