import { ReceiptSchema } from '../../imports/receipt.ts';
import { pageOf } from '../answers.ts';
import * as examples from '../examples.ts';
import { servedBy } from '../operation.ts';
import { LIST_QUERY } from '../parameters.ts';

/** Reading the receipts of imports. */
export const IMPORTS = servedBy('query/imports', {
  listImports: {
    path: '/v1/imports',
    method: 'GET',
    tag: 'Imports',
    summary: 'List the receipts of imports, newest first',
    query: LIST_QUERY,
    response: {
      status: 200,
      description: 'A page of receipts',
      schema: pageOf(ReceiptSchema),
      example: { items: [examples.RECEIPT], nextCursor: null },
    },
    errors: [],
  },
  readImport: {
    path: '/v1/imports/{importId}',
    method: 'GET',
    tag: 'Imports',
    summary: 'Read the receipt of an import',
    response: { status: 200, description: 'The receipt', schema: ReceiptSchema, example: examples.RECEIPT },
    errors: [404],
  },
});
