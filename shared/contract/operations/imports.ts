import * as v from 'valibot';
import { DetailedReceiptSchema, RECEIPT_TYPES, ReceiptSchema } from '../../imports/receipt.ts';
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
    query: [
      ...LIST_QUERY,
      {
        name: 'type',
        description:
          '`stream`: collected messages of clients. `batch`: requests with batches and files. Without it, both.',
        schema: v.picklist(RECEIPT_TYPES),
      },
    ],
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
    response: {
      status: 200,
      description: 'The receipt',
      schema: DetailedReceiptSchema,
      example: { ...examples.RECEIPT, errors: [], notLinked: [] },
    },
    errors: [404],
  },
});
