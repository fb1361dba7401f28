import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchDelete, batchGet, batchPut, type Item, queryPage } from '../aws/dynamodb.ts';
import { callBudget, type RetryBudget } from '../aws/retry.ts';
import { unlessRefused, updateItem } from '../aws/writes.ts';
import { packContactIds, unpackContactIds } from '../identities/contact-id.ts';
import type { Clock } from '../time/clock.ts';
import { OutOfTimeError } from '../time/out-of-time.ts';
import {
  type DetailedReceipt,
  OPEN_AT_MOST_MS,
  type OpeningReceipt,
  openAtMostMs,
  RECEIPT_TYPES,
  type Receipt,
  type ReceiptOutcome,
  type ReceiptType,
  receiptTypeOf,
} from './receipt.ts';
import {
  CONTACTS_PER_ITEM,
  contactsKey,
  detailsOf,
  receiptKey,
  receiptOf,
  receiptPartition,
  UNREFRESHED_SHARDS,
  unrefreshedKey,
  unrefreshedPartition,
} from './receipt-item.ts';

/** Whether the import of a mark has not ended, and may still be running. */
const isRunning = ({ hasEnded, receivedAt, openMs }: Item, now: number): boolean =>
  hasEnded === undefined &&
  now - Date.parse(receivedAt?.S ?? '') < (openMs === undefined ? OPEN_AT_MOST_MS : Number(openMs.N));

const importOf = ({ sk }: Item): string => sk?.S ?? '';

/** A page of receipts, newest first. */
export interface ReceiptPage {
  readonly items: readonly Receipt[];
  /** The id after which the next page begins; undefined on the last page. */
  readonly next: string | undefined;
}

/** The contacts that an import affects. */
export interface TouchedContacts {
  /** The import's id. */
  readonly id: string;
  readonly contactIds: readonly string[];
  /** Whether the import may still be running, and thus store more events of these contacts. */
  readonly running: boolean;
}

/** The receipts of imports. */
export interface ReceiptStore {
  /** Writes an open receipt, with the contacts that the import will affect. */
  open(
    orgId: string,
    receipt: OpeningReceipt,
    contactIds: ReadonlySet<string>,
    budget: RetryBudget,
  ): Promise<void>;
  /** Adds the outcome to an open receipt, and records that the import has ended. */
  close(
    orgId: string,
    receipt: Pick<OpeningReceipt, 'id' | 'endpoint'>,
    outcome: ReceiptOutcome,
    budget: RetryBudget,
  ): Promise<void>;
  /** Reads a receipt. Strongly consistent. */
  get(orgId: string, id: string): Promise<DetailedReceipt | undefined>;
  /**
   * Reads the imports that no refresh of affected contacts has processed yet, oldest first. Strongly consistent.
   * @param limit - the maximum number of imports
   */
  unrefreshed(orgId: string, limit: number, budget: RetryBudget): Promise<readonly TouchedContacts[]>;
  /** Records that a refresh has processed these imports. */
  markRefreshed(orgId: string, ids: readonly string[], budget: RetryBudget): Promise<void>;
  /**
   * Reads a page of an organisation's receipts, newest first.
   * @param types - the types of receipts that the list has
   * @param after - the id after which the page begins
   */
  list(orgId: string, types: readonly ReceiptType[], limit: number, after?: string): Promise<ReceiptPage>;
}

/** Creates the store of the import table. */
export const createReceiptStore = (client: DynamoDBClient, table: string, now: Clock): ReceiptStore => {
  /** A page of the receipts of one type. */
  const pageOf = async (orgId: string, type: ReceiptType, limit: number, after: string | undefined) => {
    const { Items = [], LastEvaluatedKey } = await queryPage(client, {
      TableName: table,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': receiptPartition(orgId, type) },
      ScanIndexForward: false,
      Limit: limit,
      ConsistentRead: true,
      ...(after !== undefined && { ExclusiveStartKey: receiptKey(orgId, type, after) }),
    });
    return { receipts: Items.map((item) => receiptOf(item, now())), isLast: LastEvaluatedKey === undefined };
  };

  return {
    async open(orgId, { id, endpoint, receivedAt, received }, contactIds, budget) {
      const receipt: Item = {
        ...receiptKey(orgId, receiptTypeOf(endpoint), id),
        endpoint: { S: endpoint },
        receivedAt: { S: receivedAt },
        state: { S: 'open' },
        received: { N: String(received) },
        contacts: { N: String(contactIds.size) },
      };
      const put = async (items: readonly Item[]): Promise<void> => {
        const left = await batchPut(table, items, { client, budget });
        if (left.length > 0) throw new OutOfTimeError('The receipt could not be written in time');
      };
      if (contactIds.size === 0) return put([receipt]);
      const all = [...contactIds];
      const contacts: Item[] = [];
      for (let at = 0; at < all.length; at += CONTACTS_PER_ITEM) {
        const ids = packContactIds(all.slice(at, at + CONTACTS_PER_ITEM));
        contacts.push({ ...contactsKey(orgId, id, contacts.length), ids: { B: ids } });
      }
      await put([receipt, ...contacts]);
      // Last and in a separate call, since a batch call is not atomic: if the mark exists, so do the receipt and its
      // contacts.
      const openMs = openAtMostMs(endpoint);
      await put([
        {
          ...unrefreshedKey(orgId, id),
          receivedAt: { S: receivedAt },
          ...(contacts.length > 1 && { parts: { N: String(contacts.length) } }),
          ...(openMs !== OPEN_AT_MOST_MS && { openMs: { N: String(openMs) } }),
        },
      ]);
    },

    async close(orgId, { id, endpoint }, { state, imported, skipped, reasons, details }, budget) {
      const hasDetails = details !== undefined && details.errors.length + details.notLinked.length > 0;
      const update = {
        TableName: table,
        Key: receiptKey(orgId, receiptTypeOf(endpoint), id),
        UpdateExpression: `SET #state = :state, imported = :imported, skipped = :skipped, reasons = :reasons, completedAt = :now${hasDetails ? ', details = :details' : ''}`,
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: {
          ':state': { S: state },
          ':imported': { N: String(imported) },
          ':skipped': { N: String(skipped) },
          ':reasons': { S: JSON.stringify(reasons) },
          ':now': { S: new Date(now()).toISOString() },
          ...(hasDetails && { ':details': { S: JSON.stringify(details) } }),
        },
      };
      // An import without contacts has no mark, and after a minute a refresh may have deleted it.
      const endMark = {
        TableName: table,
        Key: unrefreshedKey(orgId, id),
        UpdateExpression: 'SET hasEnded = :yes',
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeValues: { ':yes': { BOOL: true } },
      };
      await Promise.all([
        updateItem(client, update, budget),
        unlessRefused(() => updateItem(client, endMark, budget)),
      ]);
    },

    async get(orgId, id) {
      // An id does not tell the type.
      const keys = RECEIPT_TYPES.map((type) => receiptKey(orgId, type, id));
      const [item] = await batchGet(table, keys, { client, budget: callBudget(), consistent: true });
      return item && { ...receiptOf(item, now()), ...detailsOf(item) };
    },

    async unrefreshed(orgId, limit, budget) {
      const oldestOf = async (shard: number): Promise<Item[]> => {
        const input = {
          TableName: table,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': unrefreshedPartition(orgId, shard) },
          // An import whose response has been sent must not be missed.
          ConsistentRead: true,
          Limit: limit,
        };
        // A page of so few small items is never cut short.
        return (await queryPage(client, input, budget)).Items ?? [];
      };
      const shards = Array.from({ length: UNREFRESHED_SHARDS }, (_, shard) => oldestOf(shard));
      const marks = (await Promise.all(shards))
        .flat()
        .sort((a, b) => (importOf(a) < importOf(b) ? -1 : 1))
        .slice(0, limit);
      const keysOf = (mark: Item) =>
        Array.from({ length: Number(mark['parts']?.N ?? 1) }, (_, part) =>
          contactsKey(orgId, importOf(mark), part),
        );
      const rows = await batchGet(table, marks.flatMap(keysOf), { client, budget, consistent: true });
      const packed = new Map(rows.map(({ pk, sk, ids }) => [`${pk?.S} ${sk?.S}`, ids?.B]));
      return marks.map((mark) => {
        const contacts = keysOf(mark).map(({ pk, sk }) => packed.get(`${pk.S} ${sk.S}`));
        return {
          id: importOf(mark),
          contactIds: contacts.flatMap((ids) => unpackContactIds(ids ?? new Uint8Array())),
          // An import whose contacts are not found counts as running, so that it stays unrefreshed.
          running: contacts.includes(undefined) || isRunning(mark, now()),
        };
      });
    },

    async markRefreshed(orgId, ids, budget) {
      const keys = ids.map((id) => unrefreshedKey(orgId, id));
      const left = await batchDelete(table, keys, { client, budget });
      if (left.length > 0) throw new OutOfTimeError('Not all imports could be marked in time');
    },

    async list(orgId, types, limit, after) {
      const pages = await Promise.all(types.map((type) => pageOf(orgId, type, limit, after)));
      const receipts = pages.flatMap((page) => page.receipts).sort((a, b) => (a.id > b.id ? -1 : 1));
      const items = receipts.slice(0, limit);
      const isLast = receipts.length <= limit && pages.every((page) => page.isLast);
      return { items, next: isLast ? undefined : items.at(-1)?.id };
    },
  };
};
