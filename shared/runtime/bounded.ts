/**
 * Works through items in order, a bounded number at once. Items may come to be while others are worked on: the next is
 * asked for when there is room for it.
 *
 * @throws the first error of `work` or of the items' making; what is under way then goes on, nothing new begins
 */
export const forEachBounded = async <T>(
  items: Iterable<T> | AsyncIterable<T>,
  concurrency: number,
  work: (item: T) => Promise<void>,
): Promise<void> => {
  const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let ended = false;
  const lane = async (): Promise<void> => {
    while (!ended) {
      try {
        const next = await source.next();
        if (next.done === true || ended) break;
        await work(next.value);
      } catch (error) {
        ended = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
};
