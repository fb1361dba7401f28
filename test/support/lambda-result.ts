import { type ApiResponse, JsonText } from '#shared/http/api.ts';

/**
 * The largest response of a synchronous invocation, in bytes. Source: Lambda quotas, "Invocation payload (request and
 * response)", 6 MB each.
 */
export const MAX_RESULT_BYTES = 6 * 1024 * 1024;

/** The size of a function's response as Lambda counts it: as JSON, in which the body is a string. */
export const resultBytes = ({ statusCode, headers, body }: ApiResponse): number =>
  Buffer.byteLength(
    JSON.stringify({
      statusCode,
      headers: { 'content-type': 'application/json', ...headers },
      body: body instanceof JsonText ? body.text : JSON.stringify(body),
    }),
  );
