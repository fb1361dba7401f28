import { entryFields } from '../../events/event-schemas.ts';
import { EVENT_KINDS, KINDS, type Kind } from '../../events/kinds.ts';
import { batchOf, EventImportAnswerSchema } from '../answers.ts';
import { EVENT_IMPORT_ANSWER } from '../examples.ts';
import { type Operation, type Service, servedBy } from '../operation.ts';

const importOf = (kind: Kind): Operation => {
  const { endpoint, field, limit, what, examples } = EVENT_KINDS[kind].batch;
  return {
    path: `/v1/${endpoint}/batch`,
    method: 'POST',
    tag: 'Import',
    summary: `Import ${what} with their original timestamps`,
    description:
      'Every entry is judged by itself: what is valid is stored, the rest is reported by index. ' +
      'The same event sent again is stored once and counted as imported.',
    request: {
      // The moment does not matter: what depends on it is not in a JSON Schema.
      schema: batchOf(field, limit, entryFields(kind, 0)),
      example: { [field]: examples },
    },
    response: {
      status: 200,
      description: 'What was stored, and what was not and why',
      schema: EventImportAnswerSchema,
      example: EVENT_IMPORT_ANSWER,
      importId: true,
    },
    errors: [400, 413, 415, 503],
  };
};

/** Importing events: an operation for each kind, as its entry in the registry of kinds has it. */
export const IMPORT_EVENTS: readonly Service[] = KINDS.map((kind) =>
  servedBy(`ingest/events ${kind}`, { [EVENT_KINDS[kind].batch.operationId]: importOf(kind) }),
);
