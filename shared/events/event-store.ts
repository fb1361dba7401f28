import pLimit from 'p-limit';
import {
  type BulkOptions,
  batchPut,
  CONCURRENCY,
  type Item,
  itemBytes,
  queryPage,
  queryPages,
} from '../aws/dynamodb.ts';
import type { RetryBudget } from '../aws/retry.ts';
import { fromEventItem, historyKey, kindOfSk, type StoredEvent } from './event-item.ts';
import { placeOf, positionOf } from './event-position.ts';
import type { Kind } from './kinds.ts';
import { mergeNewest, mergeOldestFirst, type NewestPart, type Positioned } from './merge-histories.ts';

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
  /** The position after which the next page begins, as `positionOf` returns it; undefined on the last page. */
  readonly next: string | undefined;
}

/** Read access to the event table. */
export interface EventReader {
  /**
   * Reads whole histories of a contact, merged, oldest first. Of one history, only the current page of at most 1 MB is in
   * memory; of several, twice {@link HELD_BYTES} in total, or two events of each.
   * @param historyIds - the identities of the contact
   * @throws OutOfTimeError if the end is not reached by the budget's deadline; ValiError if an item is not an event
   */
  history(
    orgId: string,
    historyIds: readonly string[],
    options: HistoryOptions,
  ): AsyncGenerator<readonly StoredEvent[], void, undefined>;
  /**
   * Reads a page of a contact's timeline, newest first. A page of one kind, or of many histories, may be short although
   * it is not the last one.
   * @param historyIds - the identities of the contact
   * @param options - `kind` selects the events of one kind; the page begins after the position `after`
   */
  timeline(
    orgId: string,
    historyIds: readonly string[],
    options: {
      readonly limit: number;
      readonly kind?: Kind | undefined;
      readonly after?: string | undefined;
    },
  ): Promise<TimelinePage>;
}

/**
 * Events of any kind that one request reads for a timeline of one kind, in all histories together; this bounds the cost of
 * a request. Of a timeline of all kinds, it reads `limit` events of each history, but in total at most as many.
 */
const EVENTS_PER_REQUEST = 1_000;

/**
 * The size of the events of several histories that are in memory at once, one page of each: four pages of a single history.
 * Each history has an equal share, and at least one event.
 */
const HELD_BYTES = 4 * 1024 * 1024;

/** The size of an event that the first page of a history assumes. Later pages assume the average of the page before. */
const TYPICAL_EVENT_BYTES = 1024;

/** The items that fit into a share of {@link HELD_BYTES}, at least the first one, and their size. */
const withinBytes = (items: readonly Item[], share: number) => {
  let bytes = 0;
  let count = 0;
  for (const item of items) {
    const size = itemBytes(item);
    if (count > 0 && bytes + size > share) break;
    bytes += size;
    count += 1;
  }
  return { kept: items.slice(0, count), bytes };
};

const skOf = ({ sk }: Item): string => sk?.S ?? '';

const positioned = <T extends { readonly contactId: string; readonly sk: string }>(
  value: T,
): Positioned<T> => ({
  position: positionOf(value.sk, value.contactId),
  value,
});

/** Creates the read access to the event table. */
export const createEventReader = (client: BulkOptions['client'], table: string): EventReader => {
  const inputOf = (orgId: string, historyId: string) => ({
    TableName: table,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': { S: historyKey(orgId, historyId) } },
  });

  /** Reads a history among others, in pages of a size; what was read beyond it is read again with the next page. */
  async function* shareOf(
    input: ReturnType<typeof inputOf> & { readonly ConsistentRead: boolean },
    share: number,
    budget: RetryBudget | undefined,
    inTurn: ReturnType<typeof pLimit>,
  ): AsyncGenerator<readonly Positioned<StoredEvent>[], void, undefined> {
    let limit = Math.max(1, Math.floor(share / TYPICAL_EVENT_BYTES));
    let start: Item | undefined;
    do {
      const page = { ...input, Limit: limit, ExclusiveStartKey: start };
      const { Items = [], LastEvaluatedKey } = await inTurn(() => queryPage(client, page, budget));
      const { kept, bytes } = withinBytes(Items, share);
      yield kept.map((item) => positioned(fromEventItem(item)));
      const last = kept.at(-1);
      if (last === undefined || kept.length === Items.length) start = LastEvaluatedKey;
      else start = { pk: last['pk'], sk: last['sk'] } as Item;
      if (bytes > 0) limit = Math.max(1, Math.floor((share * kept.length) / bytes));
    } while (start !== undefined);
  }

  return {
    async *history(orgId, historyIds, { consistent, budget }) {
      const inputs = historyIds.map((id) => ({ ...inputOf(orgId, id), ConsistentRead: consistent }));
      const [first] = inputs;
      if (first !== undefined && inputs.length === 1) {
        const pages = queryPages(client, first, budget);
        for await (const page of pages) yield page.map(fromEventItem);
        return;
      }
      // First pages may be larger than their share until they are cut: not all are read at once.
      const inTurn = pLimit(CONCURRENCY);
      yield* mergeOldestFirst(
        inputs.map((input) => shareOf(input, HELD_BYTES / inputs.length, budget, inTurn)),
      );
    },

    async timeline(orgId, historyIds, { limit, kind, after }) {
      const most = Math.max(1, Math.floor(EVENTS_PER_REQUEST / historyIds.length));
      const share = HELD_BYTES / historyIds.length;
      const inTurn = pLimit(CONCURRENCY);
      const from = after === undefined ? undefined : placeOf(after);

      const newestOf = async (historyId: string): Promise<NewestPart<Item>> => {
        const { ExpressionAttributeValues: values, ...input } = inputOf(orgId, historyId);
        // Among events with the same sort key, those of the histories with lower ids come later.
        const isBefore = from !== undefined && historyId < from.historyId ? '<=' : '<';
        const { Items = [], LastEvaluatedKey } = await inTurn(() =>
          queryPage(client, {
            ...input,
            ...(from !== undefined && { KeyConditionExpression: `pk = :pk AND sk ${isBefore} :after` }),
            ExpressionAttributeValues: { ...values, ...(from !== undefined && { ':after': { S: from.sk } }) },
            ScanIndexForward: false,
            Limit: kind === undefined ? Math.min(limit, most) : most,
          }),
        );
        const { kept } = historyIds.length === 1 ? { kept: Items } : withinBytes(Items, share);
        const last = kept.length < Items.length ? kept.at(-1) : LastEvaluatedKey;
        return {
          entries: kept.map((item) => ({ position: positionOf(skOf(item), historyId), value: item })),
          end: last && positionOf(skOf(last), historyId),
        };
      };

      const parts = await Promise.all(historyIds.map(newestOf));
      const { entries, next } = mergeNewest(
        parts,
        limit,
        ({ position }) => kind === undefined || kindOfSk(position) === kind,
      );
      return { events: entries.map(({ value }) => fromEventItem(value)), next };
    },
  };
};
