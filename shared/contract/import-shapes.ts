import { EVENT_KINDS, IMPORTED_KINDS, type ImportedKind } from '../events/kinds.ts';

/** The shape of the batch endpoint of a kind of events. */
export const eventImport = (kind: ImportedKind) => {
  const { endpoint, field, limit } = EVENT_KINDS[kind].batch;
  return { endpoint, field, limit, kind };
};

/** The shapes of the batch endpoints of events: one function is deployed for each. */
export const EVENT_IMPORTS = IMPORTED_KINDS.map(eventImport);

/** The shape of the batch endpoint of contacts. Source: product documentation, "Backfill Endpoints". */
export const CONTACTS = { endpoint: 'contacts', field: 'contacts', limit: 10_000 } as const;
