import {
  APIGatewayClient,
  ConflictException,
  CreateApiKeyCommand,
  CreateUsagePlanKeyCommand,
  GetApiKeysCommand,
} from '@aws-sdk/client-api-gateway';
import type { Organisation } from '#shared/keys/key-store.ts';
import { usageValueOf } from '#shared/keys/usage.ts';

/**
 * Puts an organisation into the usage plan, whose throttle then counts its requests by themselves. What API Gateway
 * gets is a name for the organisation, not a key that opens anything. Safe to repeat.
 */
export const registerUsage = async (usagePlanId: string, { id, name }: Organisation): Promise<void> => {
  const client = new APIGatewayClient();
  const known = await client.send(new GetApiKeysCommand({ nameQuery: id, limit: 1 }));
  const keyId =
    known.items?.[0]?.id ??
    (
      await client.send(
        new CreateApiKeyCommand({
          name: id,
          description: `Counts the requests of ${name}`,
          value: usageValueOf(id),
          enabled: true,
        }),
      )
    ).id;
  try {
    await client.send(new CreateUsagePlanKeyCommand({ usagePlanId, keyId, keyType: 'API_KEY' }));
  } catch (error) {
    if (!(error instanceof ConflictException)) throw error;
  }
};
