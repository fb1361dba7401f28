import { isJsonObject, parseLossless } from '../json/lossless-json.ts';
import type { ApiRequest } from './api.ts';
import { ApiError, badRequest } from './api-error.ts';

/** The largest payload of a synchronous Lambda invocation. Source: Lambda quotas, "Invocation payload". */
export const MAX_BODY_BYTES = 6 * 1024 * 1024;

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

/** A request without a content type is treated as JSON, the only format of the API. */
const isJson = (contentType: string | undefined): boolean =>
  contentType === undefined || JSON_TYPE.test(contentType.trim());

/**
 * Parses the request's body, a JSON object; numbers are preserved as they were written.
 *
 * @throws ApiError 415 if the content type is not JSON, 413 if the body exceeds {@link MAX_BODY_BYTES}, 400 if it
 * cannot be parsed or is not an object
 */
export const jsonBody = ({ contentType, body }: ApiRequest): Record<string, unknown> => {
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
  let parsed: unknown;
  try {
    parsed = parseLossless(body);
  } catch (error) {
    if (error instanceof RangeError) throw badRequest('The body is nested too deeply');
    throw badRequest(`The body is not valid JSON: ${(error as Error).message}`);
  }
  if (!isJsonObject(parsed)) throw badRequest('The body must be a JSON object');
  return parsed;
};
