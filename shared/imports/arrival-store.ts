import { hash } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import pMap from 'p-map';
import * as v from 'valibot';
import { textAttribute } from '../aws/attributes.ts';
import { CONCURRENCY } from '../aws/dynamodb.ts';
import type { RetryBudget } from '../aws/retry.ts';
import { updateItem } from '../aws/writes.ts';
import type { ChangeTime } from '../contacts/timed.ts';
import { parseTimed, printTimed } from '../contacts/timed.ts';

/** When messages without a time of their own arrived first. */
export interface ArrivalStore {
  /**
   * Keeps the arrival of each message, unless one of the same id has arrived before. It is safe to repeat, and to run beside
   * others.
   * @param arrivals - by the ids of the messages
   * @returns the first arrivals, by id
   * @throws OutOfTimeError
   */
  firstOf(
    orgId: string,
    arrivals: ReadonlyMap<string, ChangeTime>,
    options: { readonly budget: RetryBudget; readonly onRetry?: () => void },
  ): Promise<ReadonlyMap<string, ChangeTime>>;
}

const FirstSchema = v.object({ first: textAttribute });

/** A row of the import table, in a partition of its own: there may be any number of them. */
const arrivalKey = (orgId: string, id: string) => ({
  pk: { S: `${orgId}#arrival#${hash('sha256', id, 'base64url').slice(0, 22)}` },
  sk: { S: 'first' },
});

/** Creates the store of first arrivals. */
export const createArrivalStore = (client: DynamoDBClient, table: string): ArrivalStore => ({
  async firstOf(orgId, arrivals, { budget, onRetry }) {
    const keep = async ([id, time]: [string, ChangeTime]): Promise<[string, ChangeTime]> => {
      const input = {
        TableName: table,
        Key: arrivalKey(orgId, id),
        // `first` is a reserved word of DynamoDB's expressions.
        UpdateExpression: 'SET #first = if_not_exists(#first, :time)',
        ExpressionAttributeNames: { '#first': 'first' },
        ExpressionAttributeValues: { ':time': { S: printTimed({ ...time, text: '' }) } },
        ReturnValues: 'ALL_NEW' as const,
      };
      const stored = v.parse(FirstSchema, await updateItem(client, input, budget, onRetry));
      const { at, nth } = parseTimed(stored.first);
      return [id, { at, nth }];
    };
    return new Map(await pMap(arrivals, keep, { concurrency: CONCURRENCY }));
  },
});
