import type { DynamoDBClient, PutItemCommandInput } from '@aws-sdk/client-dynamodb';
import { batchGet, type Item } from '../aws/dynamodb.ts';
import type { RetryBudget } from '../aws/retry.ts';
import { isWritten, putItem } from '../aws/writes.ts';
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

/** The maximum pause between attempts to change an item that is in use, in ms. */
const MAX_PAUSE_MS = 50;

/** The store of organisations' generations. */
export interface GenerationsStore {
  /** Reads the generations of the leading shard; strongly consistent. */
  read(orgId: string, budget: RetryBudget): Promise<Generations>;
  /**
   * Changes the generations in the leading shard, then in the others. If it is interrupted in between, the
   * shards differ, which harms no count, and the next call makes them equal again.
   *
   * @param change - returns the new state, or undefined if nothing is to be changed
   * @returns a state that all shards have reached or passed
   * @throws OutOfTimeError
   */
  change(
    orgId: string,
    change: (from: Generations) => Generations | undefined,
    budget: RetryBudget,
  ): Promise<Generations>;
}

/** Creates the {@link GenerationsStore} of a rollup table. */
export const createGenerationsStore = (client: DynamoDBClient, table: string): GenerationsStore => {
  /**
   * Writes an item conditionally.
   * @returns whether the condition was met
   */
  const putIf = (
    item: Item,
    condition: Pick<PutItemCommandInput, 'ConditionExpression' | 'ExpressionAttributeValues'>,
    budget: RetryBudget,
  ): Promise<boolean> => {
    const input = { TableName: table, Item: item, ...condition };
    // Consumers check these items continually: many attempts with short pauses succeed, long pauses do not
    // help.
    const sleep = (ms: number) => budget.sleep(Math.min(ms, MAX_PAUSE_MS));
    return isWritten(() => putItem(client, input, { ...budget, sleep }));
  };

  const read = async (orgId: string, budget: RetryBudget): Promise<Generations> => {
    const keys = [generationsKey(orgId, LEADER)];
    const [item] = await batchGet(table, keys, { client, budget, consistent: true });
    return fromGenerationsItem(item);
  };

  const propagate = async (orgId: string, newest: Generations, budget: RetryBudget): Promise<Generations> => {
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
        if (to === undefined) return propagate(orgId, from, budget);
        const item = toGenerationsItem(orgId, LEADER, to);
        if (await putIf(item, unchanged(from), budget)) return propagate(orgId, to, budget);
      }
    },
  };
};
