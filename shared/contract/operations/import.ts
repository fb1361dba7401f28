import * as v from 'valibot';
import { contactFields } from '../../contacts/contact-schemas.ts';
import { entryFields } from '../../events/event-schemas.ts';
import { ReceiptSchema } from '../../imports/receipt.ts';
import { ContactImportAnswerSchema, EventImportAnswerSchema, pageOf } from '../answers.ts';
import * as examples from '../examples.ts';
import {
  CONTACTS,
  EMAIL_EVENTS,
  LOCATION_HISTORY,
  LOCATION_INTERESTS,
  WEB_EVENTS,
} from '../import-shapes.ts';
import { LIST_QUERY, type Operation } from '../operation.ts';

/** The envelope of a batch. */
const batch = (field: string, limit: number, entry: v.GenericSchema) =>
  v.object({ [field]: v.pipe(v.array(entry), v.maxLength(limit)) });

const eventImport = (
  shape: typeof EMAIL_EVENTS | typeof WEB_EVENTS | typeof LOCATION_INTERESTS | typeof LOCATION_HISTORY,
  operationId: string,
  what: string,
  example: unknown,
): Operation => ({
  path: `/v1/${shape.endpoint}/batch`,
  method: 'POST',
  operationId,
  tag: 'Import',
  summary: `Import ${what} with their original timestamps`,
  description:
    'Every entry is judged by itself: what is valid is stored, the rest is reported by index. ' +
    'The same event sent again is stored once and counted as imported.',
  request: {
    // The moment does not matter: what depends on it is not in a JSON Schema.
    schema: batch(shape.field, shape.limit, entryFields(shape.kind, 0)),
    example,
  },
  response: {
    status: 200,
    description: 'What was stored, and what was not and why',
    schema: EventImportAnswerSchema,
    example: examples.EVENT_IMPORT_ANSWER,
    importId: true,
  },
  errors: [400, 413, 415, 503],
});

/** The routes that import, and those of the receipts. */
export const IMPORT_OPERATIONS: readonly Operation[] = [
  {
    path: '/v1/contacts/batch',
    method: 'POST',
    operationId: 'importContacts',
    tag: 'Import',
    summary: 'Create or update contacts by email',
    description: 'Attributes are merged; the newest call wins. The answer has the id of each contact.',
    request: {
      schema: batch(CONTACTS.field, CONTACTS.limit, contactFields(0)),
      example: examples.CONTACTS_BATCH,
    },
    response: {
      status: 200,
      description: 'The ids of the contacts, and what was not stored and why',
      schema: ContactImportAnswerSchema,
      example: examples.CONTACT_IMPORT_ANSWER,
      importId: true,
    },
    errors: [400, 413, 415, 503],
  },
  eventImport(EMAIL_EVENTS, 'importEmailEvents', 'email events', examples.EMAIL_BATCH),
  eventImport(WEB_EVENTS, 'importWebEvents', 'web events', examples.WEB_BATCH),
  eventImport(LOCATION_INTERESTS, 'importLocationInterests', 'location signals', examples.INTERESTS_BATCH),
  eventImport(LOCATION_HISTORY, 'importLocationHistory', 'location observations', examples.HISTORY_BATCH),
  {
    path: '/v1/imports',
    method: 'GET',
    operationId: 'listImports',
    tag: 'Imports',
    summary: 'List the receipts of imports, newest first',
    query: LIST_QUERY,
    response: {
      status: 200,
      description: 'A page of receipts',
      schema: pageOf(ReceiptSchema),
      example: { items: [examples.RECEIPT], nextCursor: null },
    },
    errors: [400],
  },
  {
    path: '/v1/imports/{importId}',
    method: 'GET',
    operationId: 'readImport',
    tag: 'Imports',
    summary: 'Read the receipt of an import',
    response: { status: 200, description: 'The receipt', schema: ReceiptSchema, example: examples.RECEIPT },
    errors: [404],
  },
];
