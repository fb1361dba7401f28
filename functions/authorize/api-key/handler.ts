import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { apiKeyDigest, isApiKey } from '#shared/keys/api-key.ts';
import type { KeyStore } from '#shared/keys/key-store.ts';
import { usageValueOf } from '#shared/keys/usage.ts';

/** The dependencies of {@link createAuthorize}. */
export interface AuthorizeDeps {
  readonly keys: Pick<KeyStore, 'ownerOf'>;
}

/** API Gateway returns 401 for exactly this message, and 500 for any other. */
const UNAUTHORIZED = 'Unauthorized';

/**
 * Authorizes a request by its API key, and returns the organisation of the key.
 *
 * The result is cached by key for all routes, so its policy allows the whole stage. `usageIdentifierKey`
 * selects the throttle of the organisation in the usage plan; the secret key itself is never stored in API
 * Gateway.
 *
 * @throws Error "Unauthorized" if the key is missing, unknown or revoked
 */
export const createAuthorize =
  ({ keys }: AuthorizeDeps) =>
  async (event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> => {
    const apiKey = Object.entries(event.headers ?? {}).find(
      ([name]) => name.toLowerCase() === 'x-api-key',
    )?.[1];
    if (apiKey === undefined || !isApiKey(apiKey)) throw new Error(UNAUTHORIZED);
    const owner = await keys.ownerOf(apiKeyDigest(apiKey));
    if (owner === undefined) throw new Error(UNAUTHORIZED);
    const [arn, stage] = event.methodArn.split('/');
    return {
      principalId: owner.orgId,
      policyDocument: {
        Version: '2012-10-17',
        Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: `${arn}/${stage}/*` }],
      },
      context: { orgId: owner.orgId, keyId: owner.keyId },
      usageIdentifierKey: usageValueOf(owner.orgId),
    };
  };
