import pMap from 'p-map';
import { isPermanent, isThrottle, pauseBefore, type RetryBudget } from './retry.ts';

/** How {@link drain} sends items to a batch operation of AWS. */
export interface DrainOptions<Item> {
  /** The maximum number of items in one call. */
  readonly chunkSize: number;
  /** The maximum number of concurrent calls. Without a limit, four hundred calls stall waiting for sockets. */
  readonly concurrency: number;
  /**
   * Makes one call, which must be safe to repeat.
   * @returns the items that the service did not process (`UnprocessedItems`, `UnprocessedKeys`, `Failed`)
   */
  readonly send: (chunk: readonly Item[], signal: AbortSignal) => Promise<readonly Item[]>;
  readonly budget: RetryBudget;
  /** Called for every chunk or remainder that is retried. */
  readonly onRetry?: () => void;
}

/**
 * Sends all items in chunks, with a bounded number of concurrent calls. Items that a call leaves unprocessed, or
 * fails to send, are sent again after a jittered pause, until all are processed or the budget's deadline passes.
 *
 * @param items - a list, or groups of any size that are produced while earlier ones are sent
 * @returns the items that were not processed by the deadline; empty if all were processed
 * @throws the first permanent error of a call; items of other calls may have been processed by then
 */
export const drain = async <Item>(
  items: readonly Item[] | AsyncIterable<readonly Item[]>,
  { chunkSize, concurrency, send, budget, onRetry }: DrainOptions<Item>,
): Promise<Item[]> => {
  const left: Item[] = [];
  const outOfTime = AbortSignal.timeout(Math.max(0, budget.deadline - budget.now()));

  const sendUntilProcessed = async (chunk: readonly Item[]): Promise<void> => {
    let rest = chunk;
    for (let attempt = 1; ; attempt++) {
      if (outOfTime.aborted || budget.now() >= budget.deadline) {
        left.push(...rest);
        return;
      }
      let throttled = true;
      try {
        rest = await send(rest, outOfTime);
        if (rest.length === 0) return;
      } catch (error) {
        if (isPermanent(error)) throw error;
        throttled = isThrottle(error);
      }
      onRetry?.();
      const timeLeft = Math.max(0, budget.deadline - budget.now());
      await budget.sleep(Math.min(pauseBefore(attempt, throttled, budget.random), timeLeft));
    }
  };

  const chunks = Symbol.asyncIterator in items ? regroup(items, chunkSize) : chunksOf(items, chunkSize);
  await pMap(chunks, sendUntilProcessed, { concurrency });
  return left;
};

function* chunksOf<Item>(items: readonly Item[], size: number): Generator<readonly Item[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}

async function* regroup<Item>(
  groups: AsyncIterable<readonly Item[]>,
  size: number,
): AsyncGenerator<readonly Item[]> {
  const rest: Item[] = [];
  for await (const group of groups) {
    rest.push(...group);
    while (rest.length >= size) yield rest.splice(0, size);
  }
  if (rest.length > 0) yield rest;
}
