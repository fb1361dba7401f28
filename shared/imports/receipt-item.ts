/**
 * The import table. Ids sort by time, so the order of a partition is the order of arrival.
 *
 * | pk | sk | what |
 * | --- | --- | --- |
 * | `{orgId}` | `{importId}` | the receipt of a request or a file |
 * | `{orgId}#stream` | `{importId}` | the receipt of collected messages; separate, so that a list of either type skips none of the other |
 * | `{orgId}#{importId}` | `contacts`, `contacts#1`… | the contacts that it affects, packed, 30,000 in an item; separate, so that closing rewrites few bytes, and a partition of their own, since a batch of 10,000 contacts takes 118 write units |
 * | `{orgId}#arrival#{digest}` | `first` | when a message without a time of its own arrived first; see arrival-store.ts |
 * | `{orgId}#unrefreshed#{0…15}` | `{importId}` | a mark that exists until a refresh of affected contacts has processed the import; it says whether the import has ended, and how many items its contacts take |
 */
import * as v from 'valibot';
import { numberAttribute, textAttribute } from '../aws/attributes.ts';
import { shardOf } from '../identities/shards.ts';
import {
  IMPORT_ENDPOINTS,
  RECEIPT_STATES,
  type Receipt,
  type ReceiptDetails,
  ReceiptDetailsSchema,
  type ReceiptType,
  receiptNote,
} from './receipt.ts';

/** The partition of an organisation's receipts of one type. */
export const receiptPartition = (orgId: string, type: ReceiptType) => ({
  S: type === 'stream' ? `${orgId}#stream` : orgId,
});

/** The key of a receipt. */
export const receiptKey = (orgId: string, type: ReceiptType, id: string) => ({
  pk: receiptPartition(orgId, type),
  sk: { S: id },
});

/** The number of contacts in an item: 360 KB, of at most 400 KB that DynamoDB takes. */
export const CONTACTS_PER_ITEM = 30_000;

/** The key of one of the items with the contacts that an import affects. */
export const contactsKey = (orgId: string, id: string, part = 0) => ({
  pk: { S: `${orgId}#${id}` },
  sk: { S: part === 0 ? 'contacts' : `contacts#${part}` },
});

/**
 * The number of shards of an organisation's marks: concurrent refreshes of affected contacts each delete the marks of up
 * to 300 imports, and each deletion costs a write unit, even of a mark that is deleted already.
 */
export const UNREFRESHED_SHARDS = 16;

/** The partition of a shard of an organisation's marks. */
export const unrefreshedPartition = (orgId: string, shard: number) => ({
  S: `${orgId}#unrefreshed#${shard}`,
});

/** The key of an import's mark. */
export const unrefreshedKey = (orgId: string, id: string) => ({
  pk: unrefreshedPartition(orgId, shardOf(id, UNREFRESHED_SHARDS)),
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

/** Reads the item of a receipt. @throws v.ValiError if it is not one */
export const receiptOf = (item: unknown, now: number): Receipt => {
  const { sk, imported, skipped, reasons, completedAt, ...rest } = v.parse(ReceiptItemSchema, item);
  return {
    id: sk,
    ...rest,
    imported: imported ?? null,
    skipped: skipped ?? null,
    reasons: reasons ?? {},
    completedAt: completedAt ?? null,
    note: receiptNote(rest, now),
  };
};

const DetailsItemSchema = v.object({
  details: v.optional(v.pipe(textAttribute, v.parseJson(), ReceiptDetailsSchema)),
});

/** Reads what the item of a receipt lists. @throws v.ValiError if it is not one */
export const detailsOf = (item: unknown): ReceiptDetails =>
  v.parse(DetailsItemSchema, item).details ?? { errors: [], notLinked: [] };
