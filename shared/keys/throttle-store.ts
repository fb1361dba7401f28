import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { budgetOf } from '../aws/retry.ts';
import { updateItem } from '../aws/writes.ts';
import type { ThrottleStore } from './throttle.ts';

/** How long a row is kept, in seconds; it is of no use after its second. */
const KEPT_SECONDS = 3_600;

/** The time for counting, in ms: a request must not wait for its throttle. */
const COUNT_MS = 500;

/**
 * Creates the store of counted requests: rows `throttle#{what}#{orgId}#{second}` of the key table. A call that is repeated may
 * count twice, which is harmless.
 * @param what - which requests are counted together
 */
export const createThrottleStore = (
  client: DynamoDBClient,
  table: string,
  what: 'calls' | 'uploads',
): ThrottleStore => ({
  async add(orgId, second, requests) {
    const input = {
      TableName: table,
      Key: { pk: { S: `throttle#${what}#${orgId}#${second}` } },
      UpdateExpression: 'ADD requests :n SET expiresAt = :end',
      ExpressionAttributeValues: {
        ':n': { N: String(requests) },
        ':end': { N: String(second + KEPT_SECONDS) },
      },
      ReturnValues: 'UPDATED_NEW' as const,
    };
    const counted = await updateItem(client, input, budgetOf(COUNT_MS));
    return Number(counted?.['requests']?.N ?? 0);
  },
});
