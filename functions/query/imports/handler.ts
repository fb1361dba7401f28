import * as v from 'valibot';
import type { ApiOperation } from '#shared/http/api.ts';
import { notFound } from '#shared/http/api-error.ts';
import { cursorOf, encodeCursor, limitOf } from '#shared/http/paging.ts';
import type { ReceiptStore } from '#shared/imports/receipt-store.ts';
import { isId } from '#shared/time/ids.ts';

/** What reading receipts needs. */
export interface ReadImportsDeps {
  readonly receipts: Pick<ReceiptStore, 'get' | 'list'>;
}

const CursorSchema = v.pipe(
  v.string(),
  v.check((id) => isId('imp', id)),
);

/** `GET /v1/imports` lists receipts, newest first; `GET /v1/imports/{importId}` reads one. */
export const createReadImports =
  ({ receipts }: ReadImportsDeps): ApiOperation =>
  async (request) => {
    const { orgId, pathParameters } = request;
    const id = pathParameters['importId'];
    if (id === undefined) {
      const { items, next } = await receipts.list(orgId, limitOf(request), cursorOf(request, CursorSchema));
      return { statusCode: 200, body: { items, nextCursor: next === undefined ? null : encodeCursor(next) } };
    }
    const receipt = isId('imp', id) ? await receipts.get(orgId, id) : undefined;
    if (receipt === undefined) throw notFound('Import not found');
    return { statusCode: 200, body: receipt };
  };
