import type * as v from 'valibot';
import { contactFields } from '../contacts/contact-schemas.ts';
import { entryFields } from '../events/event-schemas.ts';
import { IMPORTED_KINDS, type ImportedKind } from '../events/kinds.ts';

/** Any moment: rules that depend on the time do not appear in a JSON Schema. */
const ANY_TIME = 0;

/** The schemas of the entries of batches of events, by kind. */
export const ENTRY_SCHEMAS = Object.fromEntries(
  IMPORTED_KINDS.map((kind): [ImportedKind, v.GenericSchema] => [kind, entryFields(kind, ANY_TIME)]),
) as Readonly<Record<ImportedKind, v.GenericSchema>>;

/** The schema of the entries of a batch of contacts. */
export const CONTACT_ENTRY_SCHEMA: v.GenericSchema = contactFields(ANY_TIME);
