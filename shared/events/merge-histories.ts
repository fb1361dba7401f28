/**
 * Merges of histories that are read side by side. Nothing is known of a history beyond the last entry that was read of it,
 * so a merge ends at the first of these entries; what was read beyond it waits.
 */

/** An entry of a history, and its position among the entries of all histories. */
export interface Positioned<T> {
  readonly position: string;
  readonly value: T;
}

/** What was read of one history: its pages, or its newest entries. */
type Entries<T> = readonly Positioned<T>[];

/** The newest entries of one history. */
export interface NewestPart<T> {
  /** Newest first. */
  readonly entries: Entries<T>;
  /** The position of the last entry that was read; undefined if it is the history's last one. */
  readonly end: string | undefined;
}

/** A page of several histories. */
export interface NewestPage<T> {
  /** Newest first. */
  readonly entries: Entries<T>;
  /** The position after which the next page begins; undefined on the last page. */
  readonly next: string | undefined;
}

/**
 * Merges the newest entries of histories. The page may be short although it is not the last one: it ends where the first
 * history ends that has more entries.
 *
 * @param limit - the maximum number of entries
 * @param matches - selects entries; the others are passed over
 */
export const mergeNewest = <T>(
  parts: readonly NewestPart<T>[],
  limit: number,
  matches: (entry: Positioned<T>) => boolean = () => true,
): NewestPage<T> => {
  let end: string | undefined;
  for (const part of parts) {
    if (part.end !== undefined && (end === undefined || part.end > end)) end = part.end;
  }
  const known = parts
    .flatMap(({ entries }) => entries)
    .filter((entry) => (end === undefined || entry.position >= end) && matches(entry))
    .sort((a, b) => (a.position < b.position ? 1 : -1));
  const entries = known.slice(0, limit);
  // If more entries match than the page holds, the next page begins after its last entry; if fewer match, after the
  // last entry that is known.
  return { entries, next: known.length > limit ? entries.at(-1)?.position : end };
};

/** A history that is being read: the entries that were read and not merged yet, and the page after them. */
interface Source<T> {
  buffer: Entries<T>;
  /** The number of entries of the buffer that are merged. */
  merged: number;
  following: Promise<IteratorResult<Entries<T>, void>>;
}

/** Reads until the buffer has entries. @returns false at the end of the history */
const refill = async <T>(source: Source<T>, pages: AsyncIterator<Entries<T>, void>): Promise<boolean> => {
  while (source.merged === source.buffer.length) {
    const page = await source.following;
    if (page.done === true) return false;
    source.buffer = page.value;
    source.merged = 0;
    source.following = ahead(pages);
  }
  return true;
};

/** Reads a page while the one before it is merged; a failure is thrown when the page is needed. */
const ahead = <T>(pages: AsyncIterator<Entries<T>, void>): Source<T>['following'] => {
  const following = pages.next();
  following.catch(() => {});
  return following;
};

/** Removes the entries up to a position from the buffer. */
const taken = <T>(source: Source<T>, end: string): Entries<T> => {
  const begin = source.merged;
  const { buffer } = source;
  while (source.merged < buffer.length && (buffer[source.merged]?.position ?? '') <= end) source.merged += 1;
  return buffer.slice(begin, source.merged);
};

/**
 * Merges whole histories, oldest first. At most two pages of each are in memory: one that is merged, and the one after
 * it, which is read meanwhile.
 *
 * @param histories - the pages of each history, oldest first; pages may be empty
 * @returns pages of all entries
 * @throws what a history throws
 */
export async function* mergeOldestFirst<T>(
  histories: readonly AsyncIterable<Entries<T>, void>[],
): AsyncGenerator<readonly T[], void, undefined> {
  let open = histories.map((history) => {
    const pages = history[Symbol.asyncIterator]();
    return { pages, source: { buffer: [], merged: 0, following: ahead(pages) } as Source<T> };
  });
  while (open.length > 0) {
    const hasMore = await Promise.all(open.map(({ source, pages }) => refill(source, pages)));
    open = open.filter((_, nth) => hasMore[nth]);
    let end: string | undefined;
    for (const { source } of open) {
      const last = source.buffer.at(-1)?.position;
      if (last !== undefined && (end === undefined || last < end)) end = last;
    }
    if (end === undefined) return;
    const until = end;
    const entries = open.flatMap(({ source }) => taken(source, until));
    entries.sort((a, b) => (a.position < b.position ? -1 : 1));
    yield entries.map(({ value }) => value);
  }
}
