import { Duration } from 'aws-cdk-lib';
import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';

/** An error response that API Gateway generates itself, in the format of the functions' errors. */
interface GatewayError {
  readonly types: readonly ResponseType[];
  /** @default - the status that API Gateway gives each error */
  readonly statusCode?: string;
  readonly code: string;
  /** The message to the caller. @default - API Gateway's own message */
  readonly message?: string;
  readonly retryAfter?: Duration;
}

const SOON = Duration.seconds(5);

const ERRORS: readonly GatewayError[] = [
  {
    // Access is denied only by the authorizer, to unknown keys, for which it returns a policy so that API Gateway caches it.
    types: [ResponseType.UNAUTHORIZED, ResponseType.ACCESS_DENIED],
    statusCode: '401',
    code: 'unauthorized',
    message: 'X-API-Key is missing, unknown or revoked',
  },
  {
    types: [ResponseType.MISSING_AUTHENTICATION_TOKEN, ResponseType.RESOURCE_NOT_FOUND],
    statusCode: '404',
    code: 'not_found',
    message: 'There is no such path',
  },
  {
    types: [ResponseType.THROTTLED],
    statusCode: '429',
    code: 'too_many_requests',
    message: 'Too many requests at once',
    retryAfter: SOON,
  },
  {
    // The web ACL's only rule is the limit by address (web-acl.ts), which counts requests by minute.
    types: [ResponseType.WAF_FILTERED],
    statusCode: '429',
    code: 'too_many_requests',
    message: 'Too many requests from this address',
    retryAfter: Duration.minutes(1),
  },
  {
    types: [ResponseType.QUOTA_EXCEEDED],
    statusCode: '429',
    code: 'too_many_requests',
    message: 'The quota is used up',
    retryAfter: Duration.hours(1),
  },
  {
    // For a body over API Gateway's own 10 MB. AWS does not document whether a body over Lambda's 6 MB gets this response or
    // INTEGRATION_FAILURE, so both are covered; docs/on-aws.md has the check. The Developer Guide ("Important notes") says
    // that the body of this response cannot be customised at present; the status is 413 in any case.
    types: [ResponseType.REQUEST_TOO_LARGE],
    statusCode: '413',
    code: 'body_too_large',
    message: 'The body is too large; send smaller batches',
  },
  { types: [ResponseType.UNSUPPORTED_MEDIA_TYPE], statusCode: '415', code: 'unsupported_media_type' },
  {
    types: [ResponseType.INTEGRATION_TIMEOUT],
    statusCode: '503',
    code: 'unavailable',
    message: 'This took too long. Sending the same request again is safe.',
    retryAfter: SOON,
  },
  {
    // For a function that failed. AWS does not document whether a body over Lambda's 6 MB gets this response or
    // REQUEST_TOO_LARGE, so both are covered; docs/on-aws.md has the check.
    types: [ResponseType.INTEGRATION_FAILURE],
    statusCode: '503',
    code: 'unavailable',
    message:
      'This did not work just now. Sending the same request again is safe. If its body has more than 6 MB, send smaller batches instead.',
    retryAfter: SOON,
  },
  { types: [ResponseType.INVALID_API_KEY], statusCode: '403', code: 'forbidden', message: 'Not allowed' },
  {
    types: [ResponseType.BAD_REQUEST_BODY, ResponseType.BAD_REQUEST_PARAMETERS],
    statusCode: '400',
    code: 'bad_request',
  },
  // A status here would replace that of every error that is not listed above (Developer Guide, "Gateway response types").
  { types: [ResponseType.DEFAULT_4XX], code: 'request_rejected' },
  {
    types: [ResponseType.DEFAULT_5XX],
    code: 'internal_error',
    message: 'Something went wrong on our side',
    retryAfter: SOON,
  },
];

/**
 * Gives every error that API Gateway generates itself the format of the API's errors, and beside it what vendors' clients read
 * (shared/clients/answers.ts): some send a refused request again for minutes if they do not find it.
 */
export const addGatewayErrors = (api: RestApi): void => {
  for (const { types, statusCode, code, message, retryAfter } of ERRORS) {
    const text = message === undefined ? '$context.error.messageString' : JSON.stringify(message);
    for (const type of types) {
      api.addGatewayResponse(type.responseType, {
        type,
        ...(statusCode && { statusCode }),
        ...(retryAfter && { responseHeaders: { 'Retry-After': `'${retryAfter.toSeconds()}'` } }),
        templates: {
          'application/json': `{"error":{"code":"${code}","message":${text},"requestId":"$context.requestId"},"code":"${code}","message":${text},"meta":{"error":${text}}}`,
        },
      });
    }
  }
};
