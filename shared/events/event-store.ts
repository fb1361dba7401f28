import { type BulkOptions, batchPut, type Item, queryPage, queryPages } from '../aws/dynamodb.ts';
import type { RetryBudget } from '../aws/retry.ts';
import { fromEventItem, historyKey, kindOfSk, type StoredEvent } from './event-item.ts';
import type { Kind } from './kinds.ts';

/** The event table, to write to. */
export interface EventWriter {
  /**
   * Stores items of `toEventItem`, no two with the same key; an item that is there already is replaced.
   * @returns the items that could not be stored by the budget's deadline
   */
  put(items: readonly Item[], options: Pick<BulkOptions, 'budget' | 'onRetry'>): Promise<Item[]>;
}

export const createEventWriter = (client: BulkOptions['client'], table: string): EventWriter => ({
  put: (items, options) => batchPut(table, items, { client, ...options }),
});

/** Which part of a history is read, and how. */
export interface HistoryOptions {
  /** Whether events of the last second must be in it, at twice the read units. */
  readonly consistent: boolean;
  /** The time for the whole history. @default - no limit but ten seconds for each page */
  readonly budget?: RetryBudget;
}

/** A page of a contact's timeline, newest first. */
export interface TimelinePage {
  readonly events: readonly StoredEvent[];
  /** The sort key after which the next page begins; undefined on the last. */
  readonly next: string | undefined;
}

/** The event table, to read from. */
export interface EventReader {
  /**
   * A contact's whole history, oldest first, page by page (1 MB at most): only the page at hand is in memory.
   * @throws OutOfTimeError where its end is not reached by the budget's deadline; ValiError where an item is no event
   */
  history(
    orgId: string,
    contactId: string,
    options: HistoryOptions,
  ): AsyncGenerator<readonly StoredEvent[], void, undefined>;
  /**
   * The newest events of a contact.
   * @param kind - only events of that kind
   * @param after - the sort key after which to begin
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

/** Events read in one go for a timeline of one kind, whatever their kind: it bounds what a request may cost. */
const READ_OF_ALL_KINDS = 1_000;

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
      Limit: kind === undefined ? limit : READ_OF_ALL_KINDS,
    });
    const fitting = Items.filter(({ sk }) => kind === undefined || kindOfSk(sk?.S ?? '') === kind);
    const events = fitting.slice(0, limit).map(fromEventItem);
    // A page of one kind may end before the events that were read do, or be short of them: it goes on where it stopped.
    const next = fitting.length > limit ? events.at(-1)?.sk : LastEvaluatedKey?.['sk']?.S;
    return { events, next };
  },
});
