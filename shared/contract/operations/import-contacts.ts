import { MergeAnswerSchema, MergeBodySchema } from '../../linking/merge-request.ts';
import { batchOf, ContactImportAnswerSchema } from '../answers.ts';
import { CONTACT_ENTRY_SCHEMA } from '../entries.ts';
import * as examples from '../examples.ts';
import { CONTACTS } from '../import-shapes.ts';
import { servedBy } from '../operation.ts';

/** Importing contacts, and merging them. */
export const IMPORT_CONTACTS = servedBy('ingest/contacts', {
  importContacts: {
    path: '/v1/contacts/batch',
    method: 'POST',
    tag: 'Import',
    summary: 'Create or update contacts by email, user id, phone number or anonymous id',
    description:
      'An entry with several identities says that they are one person: contacts to which they belong become one. Two user ids ' +
      'never become one, and two addresses only by an entry that names a user id; what is not linked is in `notLinked`. ' +
      'Attributes are merged; the newest value takes precedence. The response has the id of each contact.',
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
  mergeContacts: {
    path: '/v1/contacts/merge',
    method: 'POST',
    tag: 'Contacts',
    summary: 'Make two contacts one',
    description:
      'The contact `into` gets all identities, attributes and events of `from`, and is refreshed at once. The ids of both remain ' +
      'valid. If `from` has more than 90 identities, the id of that contact is kept.',
    request: { schema: MergeBodySchema, example: examples.MERGE },
    response: {
      status: 200,
      description: 'The two are one contact',
      schema: MergeAnswerSchema,
      example: examples.MERGE_ANSWER,
    },
    errors: [404, 409],
  },
});
