import {
  type DynamoDBClient,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';

/** The actions of one transaction. */
export type Transaction = readonly TransactWriteItem[];

type Item = NonNullable<TransactWriteItem['Put']>['Item'];

const keyOf = ({ ConditionCheck, Update }: TransactWriteItem): string =>
  (ConditionCheck ?? Update)?.Key?.['pk']?.S ?? '';

/** The same action on another organisation's item. */
const movedTo = (orgId: string, newOrgId: string, { ConditionCheck, Put, Update }: TransactWriteItem) => {
  const moved = (item: Item): Item => ({
    ...item,
    pk: { S: item?.['pk']?.S?.replace(orgId, newOrgId) ?? '' },
  });
  if (Update !== undefined) return { Update: { ...Update, Key: moved(Update.Key) } };
  if (Put !== undefined) return { Put: { ...Put, Item: moved(Put.Item) } };
  if (ConditionCheck !== undefined)
    return { ConditionCheck: { ...ConditionCheck, Key: moved(ConditionCheck.Key) } };
  throw new Error('The consumer uses an action other than Update, Put and ConditionCheck');
};

/**
 * Sends the consumer's transactions again for a new organisation: the writes, without the reads and computation. Transactions
 * of one shard are sent in sequence, as required; shards are sent concurrently.
 */
export const replay = async (
  client: DynamoDBClient,
  transactions: readonly Transaction[],
  orgId: string,
  newOrgId: string,
): Promise<void> => {
  // Each transaction begins with a check of its shard's generations.
  const shards = Map.groupBy(transactions, ([first]) => keyOf(first as TransactWriteItem));
  await Promise.all(
    [...shards.values()].map(async (ofShard) => {
      for (const actions of ofShard) {
        const TransactItems = actions.map((action) => movedTo(orgId, newOrgId, action));
        await client.send(new TransactWriteItemsCommand({ TransactItems }));
      }
    }),
  );
};
