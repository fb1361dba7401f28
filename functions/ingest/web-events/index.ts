import { WEB_EVENTS } from '#shared/contract/import-shapes.ts';
import { wireEventImport } from '../wire-event-import.ts';

export const handler = wireEventImport('ingest-web-events', WEB_EVENTS);
