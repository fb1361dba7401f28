/** Items of a page. A job's row is written once or twice a page, so that it is never a hot one. */
export const ITEMS_PER_PAGE = 1_000;

/**
 * Items of a chunk, which is one queue message: few enough that a failure repeats little, many enough that counting costs little;
 * a worker takes several messages at once.
 */
export const ITEMS_PER_CHUNK = 20;

/** Which chunk of a job a message is. */
export interface ChunkRef {
  /** The job. */
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
  /** How many items it has. */
  readonly count: number;
  /** The row that lists its items. */
  readonly itemsKey: string;
  /** Whether all of its chunks are in the queue, so far as the planner knows. */
  readonly isSent: boolean;
  /** When it was planned, ms since 1970; 0 where it is to be sent again at once. */
  readonly plannedAt: number;
  /** Whether its job has no other page and never will: the job ends with it. */
  readonly isOnly: boolean;
  /** Chunks that are done or failed. */
  readonly finished: ReadonlySet<number>;
  /** Positions, within the page, of items of finished chunks that failed, unless they are {@link done} as well. */
  readonly failed: ReadonlySet<number>;
  /** Positions of items that are done of chunks of which not all are. */
  readonly done: ReadonlySet<number>;
  /** Grows with each report. */
  readonly version: number;
}

/** A page that nobody has worked on. */
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

/** How many chunks a page of so many items has. */
export const chunkCount = (items: number): number => Math.ceil(items / ITEMS_PER_CHUNK);

/** How many items a chunk of the page has. */
const chunkSize = ({ count }: Pick<Page, 'count'>, chunk: number): number =>
  Math.max(0, Math.min(ITEMS_PER_CHUNK, count - chunk * ITEMS_PER_CHUNK));

/** Positions within a page of all items of a chunk. */
const positionsOf = (chunk: number, size: number): number[] =>
  Array.from({ length: size }, (_, at) => chunk * ITEMS_PER_CHUNK + at);

/** Cuts a page's items into its chunks, but for those that are finished. */
export const chunksOf = (
  jobId: string,
  { number: page, finished }: Pick<Page, 'number' | 'finished'>,
  items: readonly string[],
): Chunk[] =>
  Array.from({ length: chunkCount(items.length) }, (_, chunk) => ({
    ref: { id: jobId, page, chunk },
    items: items.slice(chunk * ITEMS_PER_CHUNK, (chunk + 1) * ITEMS_PER_CHUNK),
  })).filter(({ ref }) => !finished.has(ref.chunk));

/** Positions of the items of a page that failed. */
export const failedOf = ({ failed, done }: Page): ReadonlySet<number> => failed.difference(done);

/** Items of a page that are done, and that failed; the rest is being worked on. */
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
 * What a worker says of a chunk. A chunk's first report, `done` or `failed`, makes it finished; what is done stays done,
 * whatever comes later or again.
 *
 * `done`: all of its items are. `failed`: nobody may come back to it, so what is not done has failed; it changes nothing where
 * the chunk is finished. `some`: the items at these positions within the page are done, though not all of the chunk.
 */
export type Report =
  | { readonly kind: 'done' | 'failed'; readonly chunk: number; readonly size: number }
  | { readonly kind: 'some'; readonly chunk: number; readonly positions: readonly number[] };

/** Positions of the items that a report is about. */
export const reported = (report: Report): readonly number[] =>
  report.kind === 'some' ? report.positions : positionsOf(report.chunk, report.size);
