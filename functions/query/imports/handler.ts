import * as v from 'valibot';
import type { Handlers } from '#shared/contract/operation.ts';
import type { IMPORTS } from '#shared/contract/operations/imports.ts';
import type { ApiRequest } from '#shared/http/api.ts';
import { badRequest, notFound } from '#shared/http/api-error.ts';
import { cursorOf, limitOf, listEntry, pageOf } from '#shared/http/paging.ts';
import { RECEIPT_TYPES, type ReceiptType } from '#shared/imports/receipt.ts';
import type { ReceiptStore } from '#shared/imports/receipt-store.ts';
import { isId } from '#shared/time/ids.ts';

/** The dependencies of {@link createReadImports}. */
export interface ReadImportsDeps {
  readonly receipts: Pick<ReceiptStore, 'get' | 'list'>;
}

const CursorSchema = v.pipe(
  v.string(),
  v.check((id) => isId('imp', id)),
);

/** The types of receipts that the caller requests. @throws ApiError 400 if there is no such type */
const typesOf = ({ query: { type } }: ApiRequest): readonly ReceiptType[] => {
  if (type === undefined) return RECEIPT_TYPES;
  const types = RECEIPT_TYPES.filter((each) => each === type);
  if (types.length === 0) throw badRequest(`type must be one of ${RECEIPT_TYPES.join(', ')}`);
  return types;
};

/** Reads the receipts of imports; the list is newest first. */
export const createReadImports = ({ receipts }: ReadImportsDeps): Handlers<typeof IMPORTS> => ({
  listImports: async (request) => {
    const after = cursorOf(request, CursorSchema);
    const { items, next } = await receipts.list(request.orgId, typesOf(request), limitOf(request), after);
    const entries = items.map((receipt) => listEntry(receipt, receipt.id));
    return { statusCode: 200, body: await pageOf(entries, next) };
  },

  readImport: async ({ orgId, pathParameters }) => {
    const { importId } = pathParameters;
    const receipt = isId('imp', importId) ? await receipts.get(orgId, importId) : undefined;
    if (receipt === undefined) throw notFound('Import not found');
    return { statusCode: 200, body: receipt };
  },
});
