import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import pMap from 'p-map';
import type { Item } from '#shared/aws/dynamodb.ts';

/** As many as the functions' clients have. */
const SOCKETS = 64;

/** The SDK's own client, with as many sockets as the functions have, and without retries. */
export const createBareClient = (): DynamoDBClient =>
  new DynamoDBClient({
    maxAttempts: 1,
    requestHandler: { httpAgent: { keepAlive: true, maxSockets: SOCKETS } },
  });

/** DynamoDB takes at most 25 puts in one BatchWriteItem, and 25 statements in one batch of them. */
export const WRITE_CHUNK = 25;

/** Cuts a list into parts; the last may be shorter. */
export const chunksOf = <T>(list: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, at) => list.slice(at * size, (at + 1) * size));

/** Puts items, 25 a call, by the SDK and nothing else: the floor of whatever stores them. */
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
      // It asks for no consumed capacity: working that out would be time of the engine's.
      const { UnprocessedItems = {} } = await client.send(new BatchWriteItemCommand({ RequestItems }));
      if (table in UnprocessedItems) throw new Error('The engine left items of a bare write');
    },
    { concurrency: atOnce },
  );
};
