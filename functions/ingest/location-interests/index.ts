import { LOCATION_INTERESTS } from '#shared/contract/import-shapes.ts';
import { wireEventImport } from '../wire-event-import.ts';

export const handler = wireEventImport('ingest-location-interests', LOCATION_INTERESTS);
