import { WEB_EVENTS } from '#shared/api/import-shapes.ts';
import { wireEventImport } from '../wire-event-import.ts';

export const handler = wireEventImport('ingest-web-events', WEB_EVENTS);
