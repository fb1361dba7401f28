import { createApiGatewayClient, createUsagePlanStore } from '#shared/keys/usage-plan-store.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { createRemoveAll } from './handler.ts';

const { logger } = createTelemetry('keys-remove-all');
const client = createApiGatewayClient();

export const handler = createRemoveAll({
  usagePlan: (id) => createUsagePlanStore(client, id),
  put: async (url, body) => {
    // Bytes, since a text would get a Content-Type, which the URL's signature excludes.
    const response = await fetch(url, {
      method: 'PUT',
      body: new TextEncoder().encode(JSON.stringify(body)),
    });
    if (!response.ok) throw new Error(`CloudFormation did not accept the answer: ${response.status}`);
  },
  logger,
});
