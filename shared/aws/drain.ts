import pMap from 'p-map';
import { isPermanent, isThrottle, pauseBefore, type RetryBudget } from './retry.ts';

/** How a list of items goes through a batch call of AWS. */
export interface DrainOptions<Item> {
  /** The most items that one call takes. */
  readonly chunkSize: number;
  /** The most calls under way at once. Unbounded, four hundred calls stall on sockets. */
  readonly concurrency: number;
  /**
   * One call. It must be safe to repeat.
   * @returns the items that the service did not take (`UnprocessedItems`, `UnprocessedKeys`, `Failed`)
   */
  readonly send: (chunk: readonly Item[], signal: AbortSignal) => Promise<readonly Item[]>;
  readonly budget: RetryBudget;
  /** Told of every chunk or remainder that is tried again. */
  readonly onRetry?: () => void;
}

/**
 * Sends all items in chunks, a bounded number of calls at once. What a call leaves, by error or by saying so,
 * is sent again after a jittered pause, until all went through or the budget's deadline is reached.
 *
 * @param items - a list, or groups of any size that come to be one by one and are sent meanwhile
 * @returns the items that had not gone through by the deadline; empty when all is done
 * @throws the first permanent error of a call; items of other calls may have gone through by then
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
