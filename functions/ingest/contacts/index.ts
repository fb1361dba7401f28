import { createBulkClient } from '#shared/aws/dynamodb.ts';
import { createContactStore } from '#shared/contacts/contact-store.ts';
import { CONTACTS } from '#shared/contract/import-shapes.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV, SERVICE } from '#shared/deployment/names.ts';
import { apiHandler } from '#shared/http/api.ts';
import { createReceiptStore } from '#shared/imports/receipt-store.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { systemClock } from '#shared/time/clock.ts';
import { createImportReporter } from '../report-import.ts';
import { createImportContacts } from './handler.ts';

const { contactsTable, importsTable } = readConfig({
  contactsTable: ENV.contactsTable,
  importsTable: ENV.importsTable,
});
const client = createBulkClient();
const telemetry = createTelemetry('ingest-contacts', SERVICE.ingest);

export const handler = apiHandler(
  createImportContacts(
    {
      contacts: createContactStore(client, contactsTable),
      receipts: createReceiptStore(client, importsTable, systemClock),
      onImport: createImportReporter(telemetry),
      now: systemClock,
    },
    CONTACTS,
  ),
  telemetry,
);
