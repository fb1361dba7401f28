import type { APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { createAuthorize } from '#functions/authorize/api-key/handler.ts';
import { apiKeyDigest, newApiKey } from '#shared/keys/api-key.ts';
import { usageValueOf } from '#shared/keys/usage.ts';
import { ORG } from '#test/support/builders.ts';

const API_KEY = newApiKey(() => Buffer.alloc(32, 7));

const anEvent = (headers: Record<string, string> | null): APIGatewayRequestAuthorizerEvent =>
  ({
    type: 'REQUEST',
    methodArn: 'arn:aws:execute-api:eu-central-1:123456789012:abc123/api/POST/v1/events/email/batch',
    headers,
  }) as APIGatewayRequestAuthorizerEvent;

/** The result for a key that is not valid. It names no organisation and no usage plan. */
const DENIED = {
  principalId: 'unknown',
  policyDocument: {
    Version: '2012-10-17',
    Statement: [
      {
        Action: 'execute-api:Invoke',
        Effect: 'Deny',
        Resource: 'arn:aws:execute-api:eu-central-1:123456789012:abc123/api/*',
      },
    ],
  },
};

const aStage = () => {
  const lookUps: string[] = [];
  const authorize = createAuthorize({
    keys: {
      ownerOf: async (digest) => {
        lookUps.push(digest);
        return digest === apiKeyDigest(API_KEY) ? { orgId: ORG, keyId: 'k_1' } : undefined;
      },
    },
  });
  return { authorize, lookUps };
};

describe('authorizing', () => {
  it('returns the organisation of the key, and the usage plan value of the organisation', async () => {
    const { authorize } = aStage();

    const answer = await authorize(anEvent({ 'X-API-Key': API_KEY }));

    expect(answer).toMatchObject({
      principalId: ORG,
      context: { orgId: ORG, keyId: 'k_1' },
      usageIdentifierKey: usageValueOf(ORG),
    });
  });

  it('allows the whole stage, since the result is cached for all its routes, and no other stage', async () => {
    const { authorize } = aStage();

    const { policyDocument } = await authorize(anEvent({ 'X-API-Key': API_KEY }));

    expect(policyDocument.Statement).toEqual([
      {
        Action: 'execute-api:Invoke',
        Effect: 'Allow',
        Resource: 'arn:aws:execute-api:eu-central-1:123456789012:abc123/api/*',
      },
    ]);
  });

  it.each(['X-API-Key', 'x-api-key', 'X-Api-Key'])('finds the key in %s', async (header) => {
    const { authorize } = aStage();

    await expect(authorize(anEvent({ Host: 'api', [header]: API_KEY }))).resolves.toMatchObject({
      principalId: ORG,
    });
  });

  it('passes on a digest, never the key', async () => {
    const { authorize, lookUps } = aStage();

    const answer = await authorize(anEvent({ 'X-API-Key': API_KEY }));

    expect(lookUps).toEqual([apiKeyDigest(API_KEY)]);
    expect(JSON.stringify(answer)).not.toContain(API_KEY);
  });

  it('denies an unknown or revoked key the whole stage, so that API Gateway caches the result for all its routes', async () => {
    const { authorize, lookUps } = aStage();
    const unknown = newApiKey(() => Buffer.alloc(32, 8));

    const answer = await authorize(anEvent({ 'X-API-Key': unknown }));

    expect(answer).toEqual(DENIED);
    expect(lookUps).toHaveLength(1);
  });

  it.each([
    ['no headers', null],
    ['no key', { Host: 'api' }],
    ['an empty key', { 'X-API-Key': '' }],
    ['nonsense', { 'X-API-Key': 'secret' }],
    ['a key with surrounding spaces', { 'X-API-Key': ` ${API_KEY} ` }],
    ['the key in another header', { Authorization: `Bearer ${API_KEY}` }],
    ['an organisation’s id instead', { 'X-API-Key': ORG }],
    ['the value of a usage plan instead', { 'X-API-Key': usageValueOf(ORG) }],
  ])('denies %s without a look-up', async (_case, headers) => {
    const { authorize, lookUps } = aStage();

    const answer = await authorize(anEvent(headers));

    expect(answer).toEqual(DENIED);
    expect(lookUps).toEqual([]);
  });

  it('fails if the table fails, since a denial would be cached', async () => {
    const authorize = createAuthorize({
      keys: {
        ownerOf: async () => {
          throw new Error('InternalServerError');
        },
      },
    });

    await expect(authorize(anEvent({ 'X-API-Key': API_KEY }))).rejects.toThrow('InternalServerError');
  });
});
