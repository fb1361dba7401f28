import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import pMap from 'p-map';
import type { Item } from '#shared/aws/dynamodb.ts';

/** The number of sockets of the functions' clients. */
const SOCKETS = 64;

/** The SDK's client with as many sockets as the functions' clients, without retries. */
export const createBareClient = (): DynamoDBClient =>
  new DynamoDBClient({
    maxAttempts: 1,
    requestHandler: { httpAgent: { keepAlive: true, maxSockets: SOCKETS } },
  });

/** DynamoDB accepts at most 25 puts in a BatchWriteItem. */
export const WRITE_CHUNK = 25;

/** Splits a list into chunks; the last may be shorter. */
export const chunksOf = <T>(list: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, at) => list.slice(at * size, (at + 1) * size));

/** Puts items with the SDK alone, 25 per call: the floor of any function that stores them. */
export const putBare = async (
  client: DynamoDBClient,
  table: string,
  items: readonly Item[],
  atOnce: number,
): Promise<void> => {
  await pMap(
    chunksOf(items, WRITE_CHUNK),
    async (chunk) => {
      const RequestItems = { [table]: chunk.map((Item) => ({ PutRequest: { Item } })) };
      // Consumed capacity is not requested, since computing it would take time of the engine.
      const { UnprocessedItems = {} } = await client.send(new BatchWriteItemCommand({ RequestItems }));
      if (table in UnprocessedItems) throw new Error('The engine left items of a bare write');
    },
    { concurrency: atOnce },
  );
};
