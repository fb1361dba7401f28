import { isJsonObject, parseLossless } from '../json/lossless-json.ts';
import { illFormedPath } from '../json/well-formed.ts';
import type { ApiRequest } from './api.ts';
import { ApiError, badRequest } from './api-error.ts';

/** The largest payload of a synchronous Lambda invocation. Source: Lambda quotas, "Invocation payload". */
export const MAX_BODY_BYTES = 6 * 1024 * 1024;

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

/** A request without a content type is treated as JSON, the only format of the API. */
const isJson = (contentType: string | undefined): boolean =>
  contentType === undefined || JSON_TYPE.test(contentType.trim());

/** Some programs begin every text with it. It is not JSON, but parsers may ignore it. Source: RFC 8259, section 8.1. */
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * Parses the request's body, a JSON object; numbers are preserved as they were written.
 *
 * @throws ApiError 415 if the content type is not JSON, 413 if the body exceeds {@link MAX_BODY_BYTES}, 400 if it
 * is not UTF-8, cannot be parsed or is not an object
 */
export const jsonBody = ({ contentType, body, isBodyIntact }: ApiRequest): Record<string, unknown> => {
  if (!isJson(contentType)) {
    throw new ApiError(415, 'unsupported_media_type', 'The body must be JSON: content-type application/json');
  }
  if (Buffer.byteLength(body) > MAX_BODY_BYTES) {
    throw new ApiError(
      413,
      'body_too_large',
      `The body is over ${MAX_BODY_BYTES} bytes; send smaller batches`,
    );
  }
  if (!isBodyIntact) {
    throw badRequest(
      'The body must be UTF-8; it has U+FFFD, which replaces bytes that are not. Write the character itself as \\ufffd',
    );
  }
  let parsed: unknown;
  try {
    parsed = parseLossless(body.startsWith(BYTE_ORDER_MARK) ? body.slice(1) : body);
  } catch (error) {
    throw badRequest(`The body is not valid JSON: ${(error as Error).message}`);
  }
  if (!isJsonObject(parsed)) throw badRequest('The body must be a JSON object');
  return parsed;
};

/** A surrogate can be in a body of UTF-8 only as an escape sequence. */
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;

/**
 * Parses a body as {@link jsonBody} does, for operations that validate it as a whole: none of its texts may have a lone
 * surrogate, since such a text cannot be stored as such and is hardly meant.
 *
 * @throws ApiError 400 that names the path of the text, and the errors of {@link jsonBody}
 */
export const wellFormedBody = (request: ApiRequest): Record<string, unknown> => {
  const parsed = jsonBody(request);
  const path = SURROGATE_ESCAPE.test(request.body) ? illFormedPath(parsed) : undefined;
  if (path !== undefined) throw badRequest(`${path} must be text without lone surrogates`);
  return parsed;
};
