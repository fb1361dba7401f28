import { parseForm } from '#shared/clients/customer-io/form.ts';
import type { ApiRequest } from '#shared/http/api.ts';
import { badRequest } from '#shared/http/api-error.ts';
import { MAX_BODY_BYTES } from '#shared/http/json-body.ts';
import { isJsonObject, parseLossless } from '#shared/json/lossless-json.ts';

const FORM_TYPE = /^application\/x-www-form-urlencoded\s*(?:;|$)/i;

/** What some programs begin every text with. */
const BYTE_ORDER_MARK = /^\uFEFF/;

/**
 * Parses the body of a client's request: JSON whatever the content type says, as RudderStack's client for Node sends JSON as a
 * form; where forms are taken, a body that is no JSON object is one.
 *
 * A text with U+FFFD is taken: clients encode UTF-8 themselves, so the character is what somebody wrote, and a client does not
 * send a request again that was refused.
 *
 * @param takesForms - whether the call may have a form: those of Customer.io's Track API v1
 * @throws ApiError 400 that says what is wrong; no other status of a refused request ends the attempts of all clients
 */
export const parsedBody = (
  { body, contentType = '' }: Pick<ApiRequest, 'body' | 'contentType'>,
  takesForms: boolean,
): Record<string, unknown> => {
  if (Buffer.byteLength(body) > 2 * MAX_BODY_BYTES) {
    throw badRequest(`The body has more than ${2 * MAX_BODY_BYTES} bytes; send smaller batches`);
  }
  const text = body.replace(BYTE_ORDER_MARK, '').trim();
  if (text === '') return {};
  if (takesForms && FORM_TYPE.test(contentType) && !text.startsWith('{')) return parseForm(text);
  let parsed: unknown;
  try {
    parsed = parseLossless(text);
  } catch (error) {
    throw badRequest(`The body is not valid JSON: ${(error as Error).message}`);
  }
  if (!isJsonObject(parsed)) throw badRequest('The body must be a JSON object');
  return parsed;
};
