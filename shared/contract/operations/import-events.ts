import { EVENT_KINDS, IMPORTED_KINDS, type ImportedKind } from '../../events/kinds.ts';
import { batchOf, EventImportAnswerSchema } from '../answers.ts';
import { ENTRY_SCHEMAS } from '../entries.ts';
import { EVENT_IMPORT_ANSWER } from '../examples.ts';
import { type Operation, type Service, servedBy } from '../operation.ts';

const importOf = (kind: ImportedKind): Operation => {
  const { endpoint, field, limit, label, examples } = EVENT_KINDS[kind].batch;
  return {
    path: `/v1/${endpoint}/batch`,
    method: 'POST',
    tag: 'Import',
    summary: `Import ${label} with their original timestamps`,
    description:
      'Every entry is validated on its own: valid entries are stored, the others are reported by index. ' +
      'An event that is sent again is stored once and counted as imported.',
    request: {
      schema: batchOf(field, limit, ENTRY_SCHEMAS[kind]),
      example: { [field]: examples },
    },
    response: {
      status: 200,
      description: 'The number of stored events, and the entries that were not stored, with reasons',
      schema: EventImportAnswerSchema,
      example: EVENT_IMPORT_ANSWER,
      importId: true,
    },
    errors: [],
  };
};

/** Importing events: one operation for each kind, generated from the registry of kinds. */
export const IMPORT_EVENTS: readonly Service[] = IMPORTED_KINDS.map((kind) =>
  servedBy(`ingest/events ${kind}`, { [EVENT_KINDS[kind].batch.operationId]: importOf(kind) }),
);
