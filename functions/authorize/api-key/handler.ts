import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { apiKeyDigest, isApiKey } from '#shared/keys/api-key.ts';
import type { KeyStore } from '#shared/keys/key-store.ts';
import { usageValueOf } from '#shared/keys/usage.ts';

/** What authorizing needs. */
export interface AuthorizeDeps {
  readonly keys: Pick<KeyStore, 'ownerOf'>;
}

/** API Gateway answers 401 to exactly this message, and 500 to any other. */
const UNAUTHORIZED = 'Unauthorized';

/**
 * Names the organisation of an API key.
 *
 * The answer is cached by key for all routes, so its policy allows the stage as a whole. `usageIdentifierKey`
 * chooses the organisation's throttle in the usage plan; the secret key itself is never in API Gateway.
 *
 * @throws Error "Unauthorized" for a key that is missing, unknown or revoked
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
