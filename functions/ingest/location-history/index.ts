import { LOCATION_HISTORY } from '#shared/contract/import-shapes.ts';
import { wireEventImport } from '../wire-event-import.ts';

export const handler = wireEventImport('ingest-location-history', LOCATION_HISTORY);
