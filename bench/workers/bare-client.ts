import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** The floor of a cold start: a function that only creates a client. */
const client = new DynamoDBClient({});

export const handler = (): DynamoDBClient => client;
