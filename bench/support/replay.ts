import {
  type DynamoDBClient,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';

/** The actions of one transaction. */
export type Transaction = readonly TransactWriteItem[];

type Key = NonNullable<TransactWriteItem['Update']>['Key'];

const keyOf = ({ ConditionCheck, Update }: TransactWriteItem): string =>
  (ConditionCheck ?? Update)?.Key?.['pk']?.S ?? '';

/** The same action on another organisation's item. */
const movedTo = (orgId: string, newOrgId: string, { ConditionCheck, Update }: TransactWriteItem) => {
  const moved = <T extends { readonly Key: Key }>(action: T): T => ({
    ...action,
    Key: { ...action.Key, pk: { S: action.Key?.['pk']?.S?.replace(orgId, newOrgId) ?? '' } },
  });
  if (Update !== undefined) return { Update: moved(Update) };
  if (ConditionCheck !== undefined) return { ConditionCheck: moved(ConditionCheck) };
  throw new Error('The consumer writes otherwise than by Update and ConditionCheck');
};

/**
 * Sends the consumer's transactions once more, for an organisation that has none of it yet: what was written, without what
 * was read and worked out for it. Those of one shard go one after the other, as they must; shards go at once.
 */
export const replay = async (
  client: DynamoDBClient,
  transactions: readonly Transaction[],
  orgId: string,
  newOrgId: string,
): Promise<void> => {
  // Each begins with a check of its shard's generations.
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
