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
 * Adds an organisation to the usage plan, so that its requests are throttled separately. API Gateway stores a
 * value that identifies the organisation, not a key that grants access. Idempotent.
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
