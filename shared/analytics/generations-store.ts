import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  type PutItemCommandInput,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { batchGet, type Item } from '../aws/dynamodb.ts';
import { type RetryBudget, retrying } from '../aws/retry.ts';
import type { Generations } from './generations.ts';
import {
  fromGenerationsItem,
  generationsKey,
  LEADER,
  older,
  toGenerationsItem,
  unchanged,
} from './generations-item.ts';
import { ROLLUP_SHARDS } from './rollup.ts';

/** Between tries to change an item that is in use. */
const MAX_PAUSE_MS = 50;

/** The state of organisations' generations. */
export interface GenerationsStore {
  /** Strongly consistent. */
  read(orgId: string, budget: RetryBudget): Promise<Generations>;
  /**
   * Changes the generations in the leading shard, and then in the others. Should it be interrupted between them, the shards differ,
   * which harms no count, and the next call brings them together.
   *
   * @param change - gives the state after another; undefined where there is nothing to change
   * @returns the state in which all shards are now, or a newer one
   * @throws OutOfTimeError
   */
  change(
    orgId: string,
    change: (from: Generations) => Generations | undefined,
    budget: RetryBudget,
  ): Promise<Generations>;
}

export const createGenerationsStore = (client: DynamoDBClient, table: string): GenerationsStore => {
  /** @returns whether the condition held */
  const putIf = (
    item: Item,
    condition: Pick<PutItemCommandInput, 'ConditionExpression' | 'ExpressionAttributeValues'>,
    budget: RetryBudget,
  ): Promise<boolean> => {
    const command = new PutItemCommand({ TableName: table, Item: item, ...condition });
    // Consumers check these items all the time: it takes many tries in short turn, not a long pause.
    const sleep = (ms: number) => budget.sleep(Math.min(ms, MAX_PAUSE_MS));
    return retrying(
      async (abortSignal) => {
        try {
          await client.send(command, { abortSignal });
          return true;
        } catch (error) {
          if (error instanceof ConditionalCheckFailedException) return false;
          if (error instanceof TransactionConflictException) throw new Error('In use', { cause: error });
          throw error;
        }
      },
      { ...budget, sleep },
    );
  };

  const read = async (orgId: string, budget: RetryBudget): Promise<Generations> => {
    const keys = [generationsKey(orgId, LEADER)];
    const [item] = await batchGet(table, keys, { client, budget, consistent: true });
    return fromGenerationsItem(item);
  };

  const spread = async (orgId: string, newest: Generations, budget: RetryBudget): Promise<Generations> => {
    for (let shard = LEADER + 1; newest.epoch > 0 && shard < ROLLUP_SHARDS; shard++) {
      await putIf(toGenerationsItem(orgId, shard, newest), older(newest), budget);
    }
    return newest;
  };

  return {
    read,

    async change(orgId, change, budget) {
      for (;;) {
        const from = await read(orgId, budget);
        const to = change(from);
        if (to === undefined) return spread(orgId, from, budget);
        const item = toGenerationsItem(orgId, LEADER, to);
        if (await putIf(item, unchanged(from), budget)) return spread(orgId, to, budget);
      }
    },
  };
};
