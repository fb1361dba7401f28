import { EVENT_KINDS, KINDS, type Kind } from '../events/kinds.ts';

/** The shape of the batch endpoint of a kind of events. */
export const eventImport = (kind: Kind) => {
  const { endpoint, field, limit } = EVENT_KINDS[kind].batch;
  return { endpoint, field, limit, kind };
};

/** The shapes of the batch endpoints of events: one function is deployed for each. */
export const EVENT_IMPORTS = KINDS.map(eventImport);

/** The shape of the batch endpoint of contacts. Source: product documentation, "Backfill Endpoints". */
export const CONTACTS = { endpoint: 'contacts', field: 'contacts', limit: 10_000 } as const;
