import { type BulkOptions, batchPut, type Item, queryPage, queryPages } from '../aws/dynamodb.ts';
import type { RetryBudget } from '../aws/retry.ts';
import { fromEventItem, historyKey, kindOfSk, type StoredEvent } from './event-item.ts';
import type { Kind } from './kinds.ts';

/** Write access to the event table. */
export interface EventWriter {
  /**
   * Stores items of `toEventItem`, no two with the same key. An existing item with the same key is replaced.
   * @returns the items that could not be stored by the budget's deadline
   */
  put(items: readonly Item[], options: Pick<BulkOptions, 'budget' | 'onRetry'>): Promise<Item[]>;
}

/** Creates the write access to the event table. */
export const createEventWriter = (client: BulkOptions['client'], table: string): EventWriter => ({
  put: (items, options) => batchPut(table, items, { client, ...options }),
});

/** How a history is read. */
export interface HistoryOptions {
  /** Whether the read is strongly consistent, at twice the read units. */
  readonly consistent: boolean;
  /** The time for the whole history. @default - no limit but ten seconds for each page */
  readonly budget?: RetryBudget;
}

/** A page of a contact's timeline, newest first. */
export interface TimelinePage {
  readonly events: readonly StoredEvent[];
  /** The sort key after which the next page begins; undefined on the last page. */
  readonly next: string | undefined;
}

/** Read access to the event table. */
export interface EventReader {
  /**
   * Reads a contact's whole history, oldest first, in pages of at most 1 MB; only the current page is in memory.
   * @throws OutOfTimeError if its end is not reached by the budget's deadline; ValiError if an item is not an event
   */
  history(
    orgId: string,
    contactId: string,
    options: HistoryOptions,
  ): AsyncGenerator<readonly StoredEvent[], void, undefined>;
  /**
   * Reads a page of a contact's timeline, newest first.
   * @param options - `kind` selects the events of one kind; the page begins after the sort key `after`
   */
  timeline(
    orgId: string,
    contactId: string,
    options: {
      readonly limit: number;
      readonly kind?: Kind | undefined;
      readonly after?: string | undefined;
    },
  ): Promise<TimelinePage>;
}

/** Events of any kind that one request reads for a timeline of one kind; this bounds the cost of a request. */
const EVENTS_PER_REQUEST = 1_000;

/** Creates the read access to the event table. */
export const createEventReader = (client: BulkOptions['client'], table: string): EventReader => ({
  async *history(orgId, contactId, { consistent, budget }) {
    const input = {
      TableName: table,
      KeyConditionExpression: 'pk = :contact',
      ExpressionAttributeValues: { ':contact': { S: historyKey(orgId, contactId) } },
      ConsistentRead: consistent,
    };
    const pages = queryPages(client, input, budget);
    for await (const page of pages) yield page.map(fromEventItem);
  },

  async timeline(orgId, contactId, { limit, kind, after }) {
    const pk = historyKey(orgId, contactId);
    const { Items = [], LastEvaluatedKey } = await queryPage(client, {
      TableName: table,
      KeyConditionExpression: after === undefined ? 'pk = :contact' : 'pk = :contact AND sk < :after',
      ExpressionAttributeValues: {
        ':contact': { S: pk },
        ...(after !== undefined && { ':after': { S: after } }),
      },
      ScanIndexForward: false,
      Limit: kind === undefined ? limit : EVENTS_PER_REQUEST,
    });
    const matching = Items.filter(({ sk }) => kind === undefined || kindOfSk(sk?.S ?? '') === kind);
    const events = matching.slice(0, limit).map(fromEventItem);
    // If more events match than the page holds, the next page begins after its last event; if fewer match, the next
    // page begins after the last event that was read.
    const next = matching.length > limit ? events.at(-1)?.sk : LastEvaluatedKey?.['sk']?.S;
    return { events, next };
  },
});
