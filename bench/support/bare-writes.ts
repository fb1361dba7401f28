import {
  BatchWriteItemCommand,
  type BatchWriteItemCommandInput,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import type { Item } from '#shared/aws/dynamodb.ts';
import { forEachBounded } from '#shared/runtime/bounded.ts';

/** As many as the functions' clients have. */
const SOCKETS = 64;

/** As many bare calls at once as gave the shortest time on two cores, of 8, 16, 32 and 64. */
const CONCURRENCY = 16;

/** The SDK's own client, with as many sockets as the functions have, and without retries. */
export const createBareClient = (): DynamoDBClient =>
  new DynamoDBClient({
    maxAttempts: 1,
    requestHandler: { httpAgent: { keepAlive: true, maxSockets: SOCKETS } },
  });

/**
 * Writes items with the SDK and nothing else: the floor of whatever stores them.
 * @returns the write units that it took, where they were asked for
 */
export const writeBare = async (
  client: DynamoDBClient,
  table: string,
  items: readonly Item[],
  options: Pick<BatchWriteItemCommandInput, 'ReturnConsumedCapacity'> = {},
): Promise<number> => {
  const chunks = Array.from({ length: Math.ceil(items.length / 25) }, (_, at) =>
    items.slice(at * 25, at * 25 + 25),
  );
  let units = 0;
  await forEachBounded(chunks, CONCURRENCY, async (chunk) => {
    const RequestItems = { [table]: chunk.map((Item) => ({ PutRequest: { Item } })) };
    const { ConsumedCapacity } = await client.send(new BatchWriteItemCommand({ RequestItems, ...options }));
    units += ConsumedCapacity?.[0]?.CapacityUnits ?? 0;
  });
  return units;
};
