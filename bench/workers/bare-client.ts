import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** The floor of a cold start: a function that builds a client and does nothing else. */
const client = new DynamoDBClient({});

export const handler = (): DynamoDBClient => client;
