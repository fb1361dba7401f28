import { createBulkClient } from '#shared/aws/dynamodb.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV, SERVICE } from '#shared/deployment/names.ts';
import { createEventWriter } from '#shared/events/event-store.ts';
import { apiHandler } from '#shared/http/api.ts';
import { createIdentityStore } from '#shared/identities/identity-store.ts';
import { createReceiptStore } from '#shared/imports/receipt-store.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { systemClock } from '#shared/time/clock.ts';
import { createImportEvents, type EventImport } from './import-events/handler.ts';
import { createImportReporter } from './report-import.ts';

/** The four event endpoints differ in their shape alone; this wires one of them. */
export const wireEventImport = (serviceName: string, shape: EventImport) => {
  const { eventsTable, identitiesTable, importsTable } = readConfig({
    eventsTable: ENV.eventsTable,
    identitiesTable: ENV.identitiesTable,
    importsTable: ENV.importsTable,
  });
  const client = createBulkClient();
  const telemetry = createTelemetry(serviceName, SERVICE.ingest);
  const operation = createImportEvents(
    {
      contacts: createIdentityStore(client, identitiesTable),
      events: createEventWriter(client, eventsTable),
      receipts: createReceiptStore(client, importsTable, systemClock),
      onImport: createImportReporter(telemetry),
      now: systemClock,
    },
    shape,
  );
  return apiHandler(operation, telemetry);
};
