import type {
  APIGatewayAuthorizerResult,
  APIGatewayRequestAuthorizerEvent,
  PolicyDocument,
} from 'aws-lambda';
import { apiKeyDigest, isApiKey } from '#shared/keys/api-key.ts';
import type { KeyStore } from '#shared/keys/key-store.ts';
import { usageValueOf } from '#shared/keys/usage.ts';

/** The dependencies of {@link createAuthorize}. */
export interface AuthorizeDeps {
  readonly keys: Pick<KeyStore, 'ownerOf'>;
}

/**
 * Authorizes a request by its API key, and returns the organisation of the key.
 *
 * API Gateway caches the result by key for all routes, so its policy applies to the whole stage. Unknown keys are denied by a
 * policy instead of an error for the same reason: errors are not cached, and count as failures of the function. API Gateway
 * responds with 401 (infra/parts/gateway-errors.ts). A key cannot be denied before it exists, since it is random; it is
 * valid as soon as it is stored, since look-ups are strongly consistent.
 *
 * `usageIdentifierKey` selects the throttle of the organisation in the usage plan; the secret key itself is never stored in
 * API Gateway.
 */
export const createAuthorize =
  ({ keys }: AuthorizeDeps) =>
  async ({ headers, methodArn }: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> => {
    const apiKey = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'x-api-key')?.[1];
    if (apiKey === undefined || !isApiKey(apiKey)) return denied(methodArn);
    const owner = await keys.ownerOf(apiKeyDigest(apiKey));
    if (owner === undefined) return denied(methodArn);
    return {
      principalId: owner.orgId,
      policyDocument: policyOf('Allow', methodArn),
      context: { orgId: owner.orgId, keyId: owner.keyId },
      usageIdentifierKey: usageValueOf(owner.orgId),
    };
  };

const denied = (methodArn: string): APIGatewayAuthorizerResult => ({
  principalId: 'unknown',
  policyDocument: policyOf('Deny', methodArn),
});

/** A policy for the whole stage of the API. */
const policyOf = (effect: 'Allow' | 'Deny', methodArn: string): PolicyDocument => {
  const [api, stage] = methodArn.split('/');
  return {
    Version: '2012-10-17',
    Statement: [{ Action: 'execute-api:Invoke', Effect: effect, Resource: `${api}/${stage}/*` }],
  };
};
