import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { numberAttribute, textAttribute } from '../aws/attributes.ts';
import { batchDelete, batchGet, batchPut, type Item, queryPage, queryPages } from '../aws/dynamodb.ts';
import { type RetryBudget, retrying } from '../aws/retry.ts';
import { packContactIds, unpackContactIds } from '../identities/contact-id.ts';
import type { Clock } from '../time/clock.ts';
import { OutOfTimeError } from '../time/out-of-time.ts';
import {
  IMPORT_ENDPOINTS,
  OPEN_AT_MOST_MS,
  type OpeningReceipt,
  RECEIPT_STATES,
  type Receipt,
  type ReceiptOutcome,
  receiptNote,
} from './receipt.ts';

/**
 * The import table. Ids grow with time, so a partition's order is the order of arrival.
 *
 * | pk | sk | what |
 * | --- | --- | --- |
 * | `{orgId}` | `{importId}` | the receipt |
 * | `{orgId}#contacts` | `{importId}` | the contacts that it touches, packed; apart, so that closing rewrites few bytes |
 * | `{orgId}#unrefreshed` | `{importId}` | there until a refresh of affected contacts has worked the import off |
 */
const receiptKey = (orgId: string, id: string) => ({ pk: { S: orgId }, sk: { S: id } });
const contactsKey = (orgId: string, id: string) => ({ pk: { S: `${orgId}#contacts` }, sk: { S: id } });
const unrefreshedKey = (orgId: string, id: string) => ({
  pk: { S: `${orgId}#unrefreshed` },
  sk: { S: id },
});

const ReceiptItemSchema = v.object({
  sk: textAttribute,
  endpoint: v.pipe(textAttribute, v.picklist(IMPORT_ENDPOINTS)),
  receivedAt: textAttribute,
  state: v.pipe(textAttribute, v.picklist(RECEIPT_STATES)),
  received: numberAttribute,
  contacts: numberAttribute,
  imported: v.optional(numberAttribute),
  skipped: v.optional(numberAttribute),
  reasons: v.optional(v.pipe(textAttribute, v.parseJson(), v.record(v.string(), v.number()))),
  completedAt: v.optional(textAttribute),
});

/** A receipt that is open, of a request that may still live. */
const isRunning = ({ state, receivedAt }: Item, now: number): boolean =>
  state?.S === 'open' && now - Date.parse(receivedAt?.S ?? '') < OPEN_AT_MOST_MS;

/** A page of receipts, newest first. */
export interface ReceiptPage {
  readonly items: readonly Receipt[];
  /** The id after which the next page begins; undefined on the last. */
  readonly next: string | undefined;
}

/** What an import touched, and whether it may touch more. */
export interface TouchedContacts {
  readonly id: string;
  readonly contactIds: readonly string[];
  /** Whether the import is still being worked on. */
  readonly running: boolean;
}

/** The receipts of imports. */
export interface ReceiptStore {
  /** Writes an open receipt, with the contacts that the import is about to touch. */
  open(
    orgId: string,
    receipt: OpeningReceipt,
    contactIds: ReadonlySet<string>,
    budget: RetryBudget,
  ): Promise<void>;
  /** Completes an open receipt. */
  close(orgId: string, id: string, outcome: ReceiptOutcome, budget: RetryBudget): Promise<void>;
  get(orgId: string, id: string): Promise<Receipt | undefined>;
  /**
   * Imports that no refresh of affected contacts has worked off yet, oldest first.
   * @param most - at most so many
   */
  unrefreshed(orgId: string, most: number, budget: RetryBudget): Promise<readonly TouchedContacts[]>;
  /** Says that imports have been worked off. */
  markRefreshed(orgId: string, ids: readonly string[], budget: RetryBudget): Promise<void>;
  /** @param after - the id of the last receipt already seen */
  list(orgId: string, limit: number, after?: string): Promise<ReceiptPage>;
}

export const createReceiptStore = (client: DynamoDBClient, table: string, now: Clock): ReceiptStore => {
  const fromItem = (item: unknown): Receipt => {
    const { sk, imported, skipped, reasons, completedAt, ...rest } = v.parse(ReceiptItemSchema, item);
    return {
      id: sk,
      ...rest,
      imported: imported ?? null,
      skipped: skipped ?? null,
      reasons: reasons ?? {},
      completedAt: completedAt ?? null,
      note: receiptNote(rest.state, rest.receivedAt, now()),
    };
  };

  return {
    async open(orgId, { id, endpoint, receivedAt, received }, contactIds, budget) {
      const receipt: Item = {
        ...receiptKey(orgId, id),
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
      await put([receipt, { ...contactsKey(orgId, id), ids: { B: packContactIds(contactIds) } }]);
      // Last and by itself, since a batch call is not atomic: who finds the mark finds what it marks.
      await put([{ ...unrefreshedKey(orgId, id), receivedAt: { S: receivedAt } }]);
    },

    async close(orgId, id, { state, imported, skipped, reasons }, budget) {
      const command = new UpdateItemCommand({
        TableName: table,
        Key: receiptKey(orgId, id),
        UpdateExpression:
          'SET #state = :state, imported = :imported, skipped = :skipped, reasons = :reasons, completedAt = :now',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: {
          ':state': { S: state },
          ':imported': { N: String(imported) },
          ':skipped': { N: String(skipped) },
          ':reasons': { S: JSON.stringify(reasons) },
          ':now': { S: new Date(now()).toISOString() },
        },
      });
      await retrying((abortSignal) => client.send(command, { abortSignal }), budget);
    },

    async get(orgId, id) {
      const command = new GetItemCommand({
        TableName: table,
        Key: receiptKey(orgId, id),
        ConsistentRead: true,
      });
      const { Item } = await client.send(command);
      return Item && fromItem(Item);
    },

    async unrefreshed(orgId, most, budget) {
      const pages = queryPages(client, {
        TableName: table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': unrefreshedKey(orgId, '').pk },
        // An import that has been answered must not be missed.
        ConsistentRead: true,
        Limit: most,
      });
      const ids: string[] = [];
      for await (const page of pages) {
        ids.push(...page.map(({ sk }) => sk?.S ?? ''));
        if (ids.length >= most) break;
      }
      const keys = ids.flatMap((id) => [receiptKey(orgId, id), contactsKey(orgId, id)]);
      const items = await batchGet(table, keys, { client, budget, consistent: true });
      const packed = new Map(items.flatMap(({ sk, ids }) => (ids?.B ? [[sk?.S, ids.B] as const] : [])));
      const running = new Set(items.filter((item) => isRunning(item, now())).map(({ sk }) => sk?.S));
      return ids.map((id) => ({
        id,
        contactIds: unpackContactIds(packed.get(id) ?? new Uint8Array()),
        // Of what cannot be found nothing is said: it stays.
        running: running.has(id) || !packed.has(id),
      }));
    },

    async markRefreshed(orgId, ids, budget) {
      const keys = ids.map((id) => unrefreshedKey(orgId, id));
      const left = await batchDelete(table, keys, { client, budget });
      if (left.length > 0) throw new OutOfTimeError('Not all imports could be marked in time');
    },

    async list(orgId, limit, after) {
      const { Items = [], LastEvaluatedKey } = await queryPage(client, {
        TableName: table,
        KeyConditionExpression: 'pk = :org',
        ExpressionAttributeValues: { ':org': { S: orgId } },
        ScanIndexForward: false,
        Limit: limit,
        ConsistentRead: true,
        ...(after !== undefined && { ExclusiveStartKey: receiptKey(orgId, after) }),
      });
      return { items: Items.map(fromItem), next: LastEvaluatedKey?.['sk']?.S };
    },
  };
};
