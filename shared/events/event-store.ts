import { type BulkOptions, batchPut, type Item } from '../aws/dynamodb.ts';

/** The event table, to write to. */
export interface EventWriter {
  /**
   * Stores items of `toEventItem`, no two with the same key; an item that is there already is replaced.
   * @returns the items that could not be stored by the budget's deadline
   */
  put(items: readonly Item[], options: Pick<BulkOptions, 'budget' | 'onRetry'>): Promise<Item[]>;
}

export const createEventWriter = (client: BulkOptions['client'], table: string): EventWriter => ({
  put: (items, options) => batchPut(table, items, { client, ...options }),
});
