import {
  APIGatewayClient,
  ConflictException,
  CreateApiKeyCommand,
  CreateUsagePlanKeyCommand,
  DeleteApiKeyCommand,
  GetApiKeysCommand,
  NotFoundException,
  paginateGetUsagePlanKeys,
} from '@aws-sdk/client-api-gateway';
import { USAGE_PLAN_TAG } from '../deployment/names.ts';
import type { Organisation } from './key-store.ts';
import { usageValueOf } from './usage.ts';

/** API Gateway's largest page of keys. Source: API reference, GetUsagePlanKeys. */
const PAGE = 500;

/** API Gateway accepts five deletions of keys a second in an account; the SDK slows down when it is throttled. */
const ATTEMPTS = 10;

/** Creates a client that slows down when API Gateway throttles it. */
export const createApiGatewayClient = (): APIGatewayClient =>
  new APIGatewayClient({ maxAttempts: ATTEMPTS, retryMode: 'adaptive' });

/** The keys of API Gateway's usage plan: one for each organisation, so that each is throttled separately. */
export interface UsagePlanStore {
  /**
   * Adds an organisation. API Gateway stores a value that identifies the organisation, not a key that grants access.
   * Idempotent.
   */
  register(organisation: Pick<Organisation, 'id' | 'name'>): Promise<void>;
  /**
   * Deletes the keys of all organisations of the plan. Idempotent: after a failure, a further call deletes the rest.
   * @returns the number of keys that the plan had
   */
  removeKeys(): Promise<number>;
}

/** Creates the store of one usage plan. */
export const createUsagePlanStore = (client: APIGatewayClient, usagePlanId: string): UsagePlanStore => ({
  async register({ id, name }) {
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
            // The permission to delete keys is limited to those of the plan by this tag.
            tags: { [USAGE_PLAN_TAG]: usagePlanId },
          }),
        )
      ).id;
    try {
      await client.send(new CreateUsagePlanKeyCommand({ usagePlanId, keyId, keyType: 'API_KEY' }));
    } catch (error) {
      if (!(error instanceof ConflictException)) throw error;
    }
  },

  async removeKeys() {
    const ids: string[] = [];
    // All are listed before the first is deleted: a deletion could shift the position of the next page.
    for await (const { items = [] } of paginateGetUsagePlanKeys(
      { client, pageSize: PAGE },
      { usagePlanId },
    )) {
      ids.push(...items.flatMap(({ id }) => id ?? []));
    }
    for (const apiKey of ids) {
      try {
        await client.send(new DeleteApiKeyCommand({ apiKey }));
      } catch (error) {
        if (!(error instanceof NotFoundException)) throw error;
      }
    }
    return ids.length;
  },
});
