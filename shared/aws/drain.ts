import pMap from 'p-map';
import { isPermanent, isThrottle, pauseBefore, type RetryBudget } from './retry.ts';

/** How items are sent through a batch operation of AWS. */
export interface DrainOptions<Item> {
  /** The largest number of items in one call. */
  readonly chunkSize: number;
  /** The largest number of calls in flight. Unbounded, four hundred calls stall waiting for sockets. */
  readonly concurrency: number;
  /**
   * One call. It must be safe to repeat.
   * @returns the items that the service did not process (`UnprocessedItems`, `UnprocessedKeys`, `Failed`)
   */
  readonly send: (chunk: readonly Item[], signal: AbortSignal) => Promise<readonly Item[]>;
  readonly budget: RetryBudget;
  /** Called for every chunk or remainder that is retried. */
  readonly onRetry?: () => void;
}

/**
 * Sends all items in chunks, a bounded number of calls in flight. What a call leaves unprocessed, or fails to send, is
 * sent again after a jittered pause, until everything is processed or the budget's deadline is reached.
 *
 * @param items - a list, or groups of any size that are produced while earlier ones are sent
 * @returns the items that were not processed by the deadline; empty when all were
 * @throws the first permanent error of a call; items of other calls may have been processed by then
 */
export const drain = async <Item>(
  items: readonly Item[] | AsyncIterable<readonly Item[]>,
  { chunkSize, concurrency, send, budget, onRetry }: DrainOptions<Item>,
): Promise<Item[]> => {
  const left: Item[] = [];
  const outOfTime = AbortSignal.timeout(Math.max(0, budget.deadline - budget.now()));

  const sendUntilTaken = async (chunk: readonly Item[]): Promise<void> => {
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

  const chunks = Symbol.asyncIterator in items ? gathered(items, chunkSize) : cut(items, chunkSize);
  await pMap(chunks, sendUntilTaken, { concurrency });
  return left;
};

function* cut<Item>(items: readonly Item[], size: number): Generator<readonly Item[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}

async function* gathered<Item>(
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
