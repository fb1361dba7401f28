import { ORG_SHARDS, type ShardPosition } from './shards.ts';

/** Ids of one shard, in their order. */
export interface IdPage {
  readonly ids: readonly string[];
  /** The id after which the next page begins; undefined on the last. */
  readonly next: string | undefined;
}

/** Part of one shard, in the order of ids. */
interface ShardPage<T> {
  readonly items: readonly T[];
  /** The id after which the next page begins; undefined on the last. */
  readonly next: string | undefined;
}

/** A page of a list that goes shard after shard. */
export interface ShardedPage<T> {
  readonly items: readonly T[];
  /** Where the next page begins; undefined on the last. */
  readonly next: ShardPosition | undefined;
}

/** How to read what is listed. */
interface ShardedList<T> {
  read(shard: number, limit: number, after: string | undefined): Promise<ShardPage<T>>;
  idOf(item: T): string;
}

/**
 * Shards that are read side by side once the first did not fill the page. A large list has its page from one query; one
 * of a small organisation, whose shards are almost empty, takes four rounds instead of sixteen.
 */
const SIDE_BY_SIDE = 5;

/**
 * Reads a page of a list that goes shard after shard, in each by id: an order that no arrival moves.
 *
 * @param limit - at most so many items; fewer only on the last page
 */
export const pageOfShards = async <T>(
  { read, idOf }: ShardedList<T>,
  [firstShard, firstAfter]: ShardPosition,
  limit: number,
): Promise<ShardedPage<T>> => {
  const items: T[] = [];
  let shard = firstShard;
  let after = firstAfter ?? undefined;
  let width = 1;
  while (shard < ORG_SHARDS && items.length < limit) {
    const wanted = limit - items.length;
    const shards = Array.from({ length: Math.min(width, ORG_SHARDS - shard) }, (_, nth) => shard + nth);
    const begin = after;
    const pages = await Promise.all(
      shards.map((each, nth) => read(each, wanted, nth === 0 ? begin : undefined)),
    );
    for (const page of pages) {
      const taken = page.items.slice(0, limit - items.length);
      items.push(...taken);
      // What was read of a shard beyond the page's end is left for the next page.
      const cut = taken.length < page.items.length;
      const last = taken.at(-1);
      after = !cut ? page.next : last === undefined ? undefined : idOf(last);
      if (cut || page.next !== undefined) break;
      shard += 1;
    }
    width = SIDE_BY_SIDE;
  }
  return { items, next: shard < ORG_SHARDS ? [shard, after ?? null] : undefined };
};
