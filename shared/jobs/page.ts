/**
 * The number of items of a page. The row of a job is written once or twice per page, so that it never becomes
 * hot.
 */
export const ITEMS_PER_PAGE = 1_000;

/**
 * The number of items of a chunk, which is one queue message: few enough that a failure repeats little work,
 * many enough that counting costs little. A worker receives several messages at once.
 */
export const ITEMS_PER_CHUNK = 20;

/** Identifies a chunk of a job. */
export interface ChunkRef {
  /** The id of the job. */
  readonly id: string;
  readonly page: number;
  readonly chunk: number;
}

/** A chunk and its items. */
export interface Chunk {
  readonly ref: ChunkRef;
  readonly items: readonly string[];
}

/** A page in flight. */
export interface Page {
  readonly number: number;
  /** The number of its items. */
  readonly count: number;
  /** The sort key of the row that lists its items. */
  readonly itemsKey: string;
  /** Whether all of its chunks are known to be in the queue. */
  readonly isSent: boolean;
  /** When it was planned, ms since 1970; 0 if it must be sent again at once. */
  readonly plannedAt: number;
  /** Whether it is the only page that its job will ever have: the job ends with it. */
  readonly isOnly: boolean;
  /** The chunks that are done or failed. */
  readonly finished: ReadonlySet<number>;
  /** The positions, within the page, of the failed items of finished chunks; {@link done} overrides them. */
  readonly failed: ReadonlySet<number>;
  /** The positions, within the page, of done items that were reported one by one, not as a whole chunk. */
  readonly done: ReadonlySet<number>;
  /** Incremented by each report. */
  readonly version: number;
}

/** A page of which no chunk has been reported. */
export const newPage = (
  page: Pick<Page, 'number' | 'count' | 'itemsKey'> & { readonly isOnly?: boolean },
  now: number,
): Page => ({
  isOnly: false,
  ...page,
  isSent: false,
  plannedAt: now,
  finished: new Set(),
  failed: new Set(),
  done: new Set(),
  version: 0,
});

/** The number of chunks of a page with this number of items. */
export const chunkCount = (items: number): number => Math.ceil(items / ITEMS_PER_CHUNK);

/** The number of items of a chunk of the page. */
const chunkSize = ({ count }: Pick<Page, 'count'>, chunk: number): number =>
  Math.max(0, Math.min(ITEMS_PER_CHUNK, count - chunk * ITEMS_PER_CHUNK));

/** The positions, within the page, of all items of a chunk. */
const positionsOf = (chunk: number, size: number): number[] =>
  Array.from({ length: size }, (_, at) => chunk * ITEMS_PER_CHUNK + at);

/** Splits the items of a page into its chunks, without the finished ones. */
export const chunksOf = (
  jobId: string,
  { number: page, finished }: Pick<Page, 'number' | 'finished'>,
  items: readonly string[],
): Chunk[] =>
  Array.from({ length: chunkCount(items.length) }, (_, chunk) => ({
    ref: { id: jobId, page, chunk },
    items: items.slice(chunk * ITEMS_PER_CHUNK, (chunk + 1) * ITEMS_PER_CHUNK),
  })).filter(({ ref }) => !finished.has(ref.chunk));

/** The positions of the failed items of a page. */
export const failedOf = ({ failed, done }: Page): ReadonlySet<number> => failed.difference(done);

/** The numbers of done and of failed items of a page; the remainder is still being processed. */
export const countsOf = (page: Page): { readonly done: number; readonly failed: number } => {
  let known = 0;
  for (const chunk of page.finished) known += chunkSize(page, chunk);
  for (const position of page.done) {
    if (!page.finished.has(Math.floor(position / ITEMS_PER_CHUNK))) known += 1;
  }
  const failed = failedOf(page).size;
  return { done: known - failed, failed };
};

/** Whether each chunk of the page is finished. */
export const isSettled = ({ count, finished }: Pick<Page, 'count' | 'finished'>): boolean =>
  finished.size >= chunkCount(count);

/**
 * A worker's report on a chunk. The first report of kind `done` or `failed` finishes the chunk. An item that
 * is done stays done, whatever is reported later or repeatedly.
 *
 * - `done`: all items of the chunk are done.
 * - `failed`: the items of the chunk that are not done have failed, since it may not be delivered again; no
 *   effect if the chunk is finished.
 * - `some`: the items at these positions within the page are done, but not the whole chunk.
 */
export type Report =
  | { readonly kind: 'done' | 'failed'; readonly chunk: number; readonly size: number }
  | { readonly kind: 'some'; readonly chunk: number; readonly positions: readonly number[] };

/** The positions, within the page, of the items that a report is about. */
export const reported = (report: Report): readonly number[] =>
  report.kind === 'some' ? report.positions : positionsOf(report.chunk, report.size);
