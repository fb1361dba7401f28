import { EMAIL_EVENTS } from '#shared/api/import-shapes.ts';
import { wireEventImport } from '../wire-event-import.ts';

export const handler = wireEventImport('ingest-email-events', EMAIL_EVENTS);
