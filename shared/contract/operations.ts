import type { Operation, Service } from './operation.ts';
import { ACTIVITY } from './operations/activity.ts';
import { ANALYTICS } from './operations/analytics.ts';
import { COMPANIES } from './operations/companies.ts';
import { CONTACTS } from './operations/contacts.ts';
import { CONTRACT } from './operations/contract.ts';
import { IMPORT_CONTACTS } from './operations/import-contacts.ts';
import { IMPORT_EVENTS } from './operations/import-events.ts';
import { IMPORTS } from './operations/imports.ts';
import { REFRESH } from './operations/refresh.ts';
import { REFRESHES } from './operations/refreshes.ts';
import { SCORING } from './operations/scoring.ts';
import { SEGMENTS } from './operations/segments.ts';

/** Every function that serves the API, in the order of the OpenAPI document. */
const SERVICES: readonly Service[] = [
  IMPORT_CONTACTS,
  ...IMPORT_EVENTS,
  IMPORTS,
  CONTACTS,
  COMPANIES,
  ACTIVITY,
  REFRESH,
  REFRESHES,
  SCORING,
  SEGMENTS,
  ANALYTICS,
  CONTRACT,
];

/** An operation with its id and its function. */
export interface ListedOperation extends Operation {
  readonly operationId: string;
  /** The function that serves it; see {@link Service}. */
  readonly function: string;
}

/**
 * All operations of the API. The OpenAPI document, the routes of the stack and the responses to unknown
 * routes are generated from this list; a function imports only the operations that it serves.
 */
export const OPERATIONS: readonly ListedOperation[] = SERVICES.flatMap((service) =>
  Object.entries(service.operations).map(([operationId, operation]) => ({
    ...operation,
    operationId,
    function: service.function,
  })),
);
