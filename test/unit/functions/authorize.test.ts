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

const aStage = () => {
  const asked: string[] = [];
  const authorize = createAuthorize({
    keys: {
      ownerOf: async (digest) => {
        asked.push(digest);
        return digest === apiKeyDigest(API_KEY) ? { orgId: ORG, keyId: 'k_1' } : undefined;
      },
    },
  });
  return { authorize, asked };
};

describe('authorizing', () => {
  it('names the organisation of the key, and whose throttle it counts for', async () => {
    const { authorize } = aStage();

    const answer = await authorize(anEvent({ 'X-API-Key': API_KEY }));

    expect(answer).toMatchObject({
      principalId: ORG,
      context: { orgId: ORG, keyId: 'k_1' },
      usageIdentifierKey: usageValueOf(ORG),
    });
  });

  it('allows the whole stage, since the answer is kept for all its routes, and no other', async () => {
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

  it('hands on a digest, never the key', async () => {
    const { authorize, asked } = aStage();

    const answer = await authorize(anEvent({ 'X-API-Key': API_KEY }));

    expect(asked).toEqual([apiKeyDigest(API_KEY)]);
    expect(JSON.stringify(answer)).not.toContain(API_KEY);
  });

  it('refuses a key that is unknown or revoked in the one word that API Gateway takes for 401', async () => {
    const { authorize, asked } = aStage();
    const unknown = newApiKey(() => Buffer.alloc(32, 8));

    await expect(authorize(anEvent({ 'X-API-Key': unknown }))).rejects.toThrow(/^Unauthorized$/);
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['no headers', null],
    ['no key', { Host: 'api' }],
    ['an empty key', { 'X-API-Key': '' }],
    ['nonsense', { 'X-API-Key': 'secret' }],
    ['a key with space around', { 'X-API-Key': ` ${API_KEY} ` }],
    ['the key in another header', { Authorization: `Bearer ${API_KEY}` }],
    ['an organisation’s id instead', { 'X-API-Key': ORG }],
    ['the value of a usage plan instead', { 'X-API-Key': usageValueOf(ORG) }],
  ])('refuses %s without a look-up', async (_case, headers) => {
    const { authorize, asked } = aStage();

    await expect(authorize(anEvent(headers))).rejects.toThrow(/^Unauthorized$/);
    expect(asked).toEqual([]);
  });

  it('lets a failure of the table be no "Unauthorized", which would be kept as an answer', async () => {
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
