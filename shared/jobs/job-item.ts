import * as v from 'valibot';
import { booleanAttribute, numberAttribute, numberSetAttribute, textAttribute } from '../aws/attributes.ts';
import type { Item } from '../aws/dynamodb.ts';
import { JOB_STATES, type Job } from './job.ts';
import type { Page } from './page.ts';

/**
 * The job table. All rows of a job have `pk` = `{orgId}#{jobId}` and expire 30 days after they were written.
 *
 * | sk | content |
 * | --- | --- |
 * | `items#…` | the items of a page, written before the page, which names this row |
 * | `job` | {@link Job} |
 * | `page#{nnnnnnn}` | {@link Page}, while it is in flight |
 * | `settled#{nnnnnnn}` | the positions of the failed items of a page that settled with failures |
 *
 * The rows of a job and its pages in flight are adjacent, so that one Query reads exactly these. The row with
 * `pk` = `{orgId}` and `sk` = `everyone` lists the ids of the running jobs of everyone.
 */
export const JOB_SK = 'job';

/** The end of the range of sort keys that begins with {@link JOB_SK}: greater than that of any page. */
export const LAST_SK = 'page$';

const KEPT_SECONDS = 30 * 24 * 3_600;

/** The TTL attribute, by which DynamoDB deletes a row. */
export const expiresAt = (now: number) => ({
  expiresAt: { N: String(Math.floor(now / 1_000) + KEPT_SECONDS) },
});

/** The partition of a job's rows. */
export const jobPartition = (orgId: string, jobId: string): string => `${orgId}#${jobId}`;

/** The key of a row of a job. */
export const rowKey = (orgId: string, jobId: string, sk: string): Item => ({
  pk: { S: jobPartition(orgId, jobId) },
  sk: { S: sk },
});

const numbered = (prefix: string, number: number): string => `${prefix}#${String(number).padStart(7, '0')}`;

/** The sort key of a page. */
export const pageSk = (number: number): string => numbered('page', number);
/** The sort key of the failures of a settled page. */
export const settledSk = (number: number): string => numbered('settled', number);
/**
 * The sort key of a list of items.
 * @param writer - distinguishes the lists of concurrent planners; absent if there is only one writer
 */
export const itemsSk = (number: number, writer?: string): string =>
  writer === undefined ? numbered('items', number) : `${numbered('items', number)}#${writer}`;

const jsonAttribute = v.pipe(textAttribute, v.parseJson());

const JobItemSchema = v.object({
  pk: textAttribute,
  kind: textAttribute,
  parameters: jsonAttribute,
  state: v.pipe(textAttribute, v.picklist(JOB_STATES)),
  startedAt: textAttribute,
  ofEveryone: booleanAttribute,
  lists: v.optional(numberAttribute),
  cursor: v.optional(jsonAttribute),
  isPlanned: booleanAttribute,
  planVersion: numberAttribute,
  pages: numberAttribute,
  total: numberAttribute,
  done: numberAttribute,
  failed: numberAttribute,
  supersededBy: v.optional(textAttribute),
});

/**
 * Parses the row of a job.
 * @throws v.ValiError
 */
export const fromJobItem = (item: Item): Job => {
  const { pk, lists, cursor, supersededBy, ...job } = v.parse(JobItemSchema, item);
  const [orgId = '', id = ''] = pk.split('#');
  return { orgId, id, lists, cursor, supersededBy, ...job };
};

/** The row of a job, which expires 30 days after `now` (ms since 1970). */
export const toJobItem = (job: Job, now: number): Item => ({
  ...rowKey(job.orgId, job.id, JOB_SK),
  kind: { S: job.kind },
  parameters: { S: JSON.stringify(job.parameters) },
  state: { S: job.state },
  startedAt: { S: job.startedAt },
  ofEveryone: { BOOL: job.ofEveryone },
  ...(job.lists !== undefined && { lists: { N: String(job.lists) } }),
  ...(job.cursor !== undefined && { cursor: { S: JSON.stringify(job.cursor) } }),
  isPlanned: { BOOL: job.isPlanned },
  planVersion: { N: String(job.planVersion) },
  pages: { N: String(job.pages) },
  total: { N: String(job.total) },
  done: { N: String(job.done) },
  failed: { N: String(job.failed) },
  ...(job.supersededBy !== undefined && { supersededBy: { S: job.supersededBy } }),
  ...expiresAt(now),
});

const PageItemSchema = v.object({
  sk: textAttribute,
  count: numberAttribute,
  itemsKey: textAttribute,
  isSent: booleanAttribute,
  plannedAt: numberAttribute,
  isOnly: booleanAttribute,
  finished: numberSetAttribute,
  failed: numberSetAttribute,
  done: numberSetAttribute,
  version: numberAttribute,
});

/**
 * Parses the row of a page.
 * @throws v.ValiError
 */
export const fromPageItem = (item: Item): Page => {
  const { sk, ...page } = v.parse(PageItemSchema, item);
  return { number: Number(sk.split('#')[1]), ...page };
};

/** The row of a page of which no chunk has been reported. */
export const toPageItem = (orgId: string, jobId: string, page: Page, now: number): Item => ({
  ...rowKey(orgId, jobId, pageSk(page.number)),
  count: { N: String(page.count) },
  itemsKey: { S: page.itemsKey },
  isSent: { BOOL: page.isSent },
  plannedAt: { N: String(page.plannedAt) },
  isOnly: { BOOL: page.isOnly },
  version: { N: String(page.version) },
  ...expiresAt(now),
});

/**
 * Items are ids that we generate, and none contains this separator; a list of strings would take as many
 * bytes.
 */
const SEPARATOR = ' ';

/** The row that lists the items of a page. */
export const toItemsItem = (
  orgId: string,
  jobId: string,
  sk: string,
  items: readonly string[],
  now: number,
): Item => ({
  ...rowKey(orgId, jobId, sk),
  items: { S: items.join(SEPARATOR) },
  ...expiresAt(now),
});

const ItemsItemSchema = v.object({ items: textAttribute });

/**
 * Parses a row that lists items.
 * @throws v.ValiError
 */
export const fromItemsItem = (item: Item): string[] => v.parse(ItemsItemSchema, item).items.split(SEPARATOR);

const SettledItemSchema = v.object({ failed: numberSetAttribute, version: numberAttribute });

/**
 * Parses the failures of a settled page.
 * @throws v.ValiError
 */
export const fromSettledItem = (item: Item) => v.parse(SettledItemSchema, item);

/** A number set, which must not be empty. */
export const numberSet = (numbers: Iterable<number>) => ({ NS: [...numbers].map(String) });
