import { EMAIL_EVENTS } from '#shared/contract/import-shapes.ts';
import { wireEventImport } from '../wire-event-import.ts';

export const handler = wireEventImport('ingest-email-events', EMAIL_EVENTS);
