import { keyOfBody, keyOfHeaders } from '#shared/clients/credentials.ts';
import type { ApiRequest } from '#shared/http/api.ts';
import { ApiError } from '#shared/http/api-error.ts';
import type { OwnerOf } from '#shared/keys/cached-owners.ts';
import type { Throttle } from '#shared/keys/throttle.ts';

/** The dependencies of {@link admit}. */
export interface AdmitDeps {
  readonly ownerOf: OwnerOf;
  readonly throttle: Throttle;
}

/** Whether the headers have credentials of ours. A Bearer token may be one of Segment's; then the body still has a key. */
const hasCredentials = ({ authorization, 'x-api-key': apiKey }: ApiRequest['headers']): boolean =>
  apiKey !== undefined || (authorization !== undefined && !/^bearer\s/i.test(authorization));

/**
 * Admits a request on a route without an authorizer.
 *
 * @param body - the parsed body, which is asked for only if the headers have no key. @default - it cannot have one
 * @returns the organisation of the key in the headers, or else in the body
 * @throws ApiError 401, or 429 with `Retry-After`
 */
export const admit = async (
  { ownerOf, throttle }: AdmitDeps,
  { headers }: Pick<ApiRequest, 'headers'>,
  body: () => Record<string, unknown> = () => ({}),
): Promise<string> => {
  const apiKey = keyOfHeaders(headers) ?? (hasCredentials(headers) ? undefined : keyOfBody(body()));
  const owner = apiKey === undefined ? undefined : await ownerOf(apiKey);
  if (owner === undefined) {
    throw new ApiError(401, 'unauthorized', 'The API key is missing, unknown or revoked');
  }
  const waitSeconds = await throttle(owner.orgId);
  if (waitSeconds === undefined) return owner.orgId;
  throw new ApiError(429, 'too_many_requests', 'Too many requests of the organisation at once', {
    headers: { 'Retry-After': String(waitSeconds) },
  });
};
