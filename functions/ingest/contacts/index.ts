import { CONTACTS } from '#shared/api/import-shapes.ts';
import { createBulkClient } from '#shared/aws/dynamodb.ts';
import { createContactStore } from '#shared/contacts/contact-store.ts';
import { createReceiptStore } from '#shared/receipts/receipt-store.ts';
import { apiHandler } from '#shared/runtime/api.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { ENV, SERVICE } from '#shared/runtime/names.ts';
import { createTelemetry } from '#shared/runtime/powertools.ts';
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
