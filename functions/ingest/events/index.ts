import { createBulkClient } from '#shared/aws/dynamodb.ts';
import { EVENT_IMPORTS } from '#shared/contract/import-shapes.ts';
import { ConfigError, readConfig } from '#shared/deployment/config.ts';
import { ENV, SERVICE } from '#shared/deployment/names.ts';
import { createEventWriter } from '#shared/events/event-store.ts';
import { apiHandler } from '#shared/http/api.ts';
import { createIdentityStore } from '#shared/identities/identity-store.ts';
import { createEventImporter } from '#shared/imports/event-import.ts';
import { createReceiptStore } from '#shared/imports/receipt-store.ts';
import { createImportReporter } from '#shared/imports/report-import.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { systemClock } from '#shared/time/clock.ts';
import { createEventsEndpoint } from './handler.ts';

const { eventKind, eventsTable, identitiesTable, importsTable } = readConfig({
  eventKind: ENV.eventKind,
  eventsTable: ENV.eventsTable,
  identitiesTable: ENV.identitiesTable,
  importsTable: ENV.importsTable,
});
const shape = EVENT_IMPORTS.find(({ kind }) => kind === eventKind);
if (shape === undefined) throw new ConfigError(`${ENV.eventKind} is not a kind of events: ${eventKind}`);
const client = createBulkClient();
const telemetry = createTelemetry(`ingest-events-${eventKind}`, SERVICE.ingest);
const importEvents = createEventImporter({
  contacts: createIdentityStore(client, identitiesTable),
  events: createEventWriter(client, eventsTable),
  receipts: createReceiptStore(client, importsTable, systemClock),
  onImport: createImportReporter(telemetry),
  now: systemClock,
});

export const handler = apiHandler(createEventsEndpoint({ importEvents, now: systemClock }, shape), telemetry);
