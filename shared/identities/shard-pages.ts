import { ORG_SHARDS, type ShardPosition } from './shards.ts';

/** Ids of one shard, in ascending order. */
export interface IdPage {
  readonly ids: readonly string[];
  /** The id after which the next page begins; undefined on the last page. */
  readonly next: string | undefined;
}

/** Items of one shard, in the order of ids. */
interface ShardPage<T> {
  readonly items: readonly T[];
  /** The id after which the next page begins; undefined on the last page. */
  readonly next: string | undefined;
}

/** A page of a list that is read shard by shard. */
export interface ShardedPage<T> {
  readonly items: readonly T[];
  /** The position where the next page begins; undefined on the last page. */
  readonly next: ShardPosition | undefined;
}

/** How {@link pageOfShards} reads a list. */
interface ShardedList<T> {
  read(shard: number, limit: number, after: string | undefined): Promise<ShardPage<T>>;
  idOf(item: T): string;
  /** The number of shards. @default {@link ORG_SHARDS} */
  readonly shards?: number;
}

/**
 * The number of shards that are read concurrently if the first one did not fill the page. A page of a large list
 * takes one query; the list of a small organisation, whose shards are almost empty, takes five rounds instead of
 * 32.
 */
const CONCURRENT_SHARDS = 8;

/**
 * Reads a page of a list shard by shard, and each shard by id: an order that new items do not change.
 *
 * @param limit - the number of items; only the last page has fewer
 */
export const pageOfShards = async <T>(
  { read, idOf, shards: count = ORG_SHARDS }: ShardedList<T>,
  [firstShard, firstAfter]: ShardPosition,
  limit: number,
): Promise<ShardedPage<T>> => {
  const items: T[] = [];
  let shard = firstShard;
  let after = firstAfter ?? undefined;
  let width = 1;
  while (shard < count && items.length < limit) {
    const wanted = limit - items.length;
    const shards = Array.from({ length: Math.min(width, count - shard) }, (_, nth) => shard + nth);
    const begin = after;
    const pages = await Promise.all(
      shards.map((each, nth) => read(each, wanted, nth === 0 ? begin : undefined)),
    );
    for (const page of pages) {
      const taken = page.items.slice(0, limit - items.length);
      items.push(...taken);
      // Items that were read of a shard beyond the page's end are left for the next page.
      const cut = taken.length < page.items.length;
      const last = taken.at(-1);
      after = !cut ? page.next : last === undefined ? undefined : idOf(last);
      if (cut || page.next !== undefined) break;
      shard += 1;
    }
    // A shard that has more, be it because its page was short, is read alone.
    width = after === undefined ? CONCURRENT_SHARDS : 1;
  }
  return { items, next: shard < count ? [shard, after ?? null] : undefined };
};
