import { batchOf, ContactImportAnswerSchema } from '../answers.ts';
import { CONTACT_ENTRY_SCHEMA } from '../entries.ts';
import * as examples from '../examples.ts';
import { CONTACTS } from '../import-shapes.ts';
import { servedBy } from '../operation.ts';

/** Importing contacts. */
export const IMPORT_CONTACTS = servedBy('ingest/contacts', {
  importContacts: {
    path: '/v1/contacts/batch',
    method: 'POST',
    tag: 'Import',
    summary: 'Create or update contacts by email',
    description:
      'Attributes are merged; the newest call takes precedence. The response has the id of each contact.',
    request: {
      schema: batchOf(CONTACTS.field, CONTACTS.limit, CONTACT_ENTRY_SCHEMA),
      example: examples.CONTACTS_BATCH,
    },
    response: {
      status: 200,
      description: 'The ids of the contacts, and the entries that were not stored, with reasons',
      schema: ContactImportAnswerSchema,
      example: examples.CONTACT_IMPORT_ANSWER,
      importId: true,
    },
    errors: [],
  },
});
