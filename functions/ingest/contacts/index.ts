import { createBulkClient } from '#shared/aws/dynamodb.ts';
import { createContactStore } from '#shared/contacts/contact-store.ts';
import { CONTACTS } from '#shared/contract/import-shapes.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV, SERVICE } from '#shared/deployment/names.ts';
import { apiHandler } from '#shared/http/api.ts';
import { createIdentityStore } from '#shared/identities/identity-store.ts';
import { createContactImporter } from '#shared/imports/contact-import.ts';
import { createContactWriter } from '#shared/imports/contact-writer.ts';
import { createReceiptStore } from '#shared/imports/receipt-store.ts';
import { createStandingStore } from '#shared/standings/standing-store.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { systemClock } from '#shared/time/clock.ts';
import { createImportReporter } from '../report-import.ts';
import { createContactsEndpoint } from './handler.ts';

const config = readConfig({
  identities: ENV.identitiesTable,
  contacts: ENV.contactsTable,
  standings: ENV.standingsTable,
  imports: ENV.importsTable,
});
const client = createBulkClient();
const telemetry = createTelemetry('ingest-contacts', SERVICE.ingest);
const importContacts = createContactImporter({
  contacts: createContactWriter({
    identities: createIdentityStore(client, config.identities),
    contacts: createContactStore(client, config.contacts),
    standings: createStandingStore(client, config.standings),
  }),
  receipts: createReceiptStore(client, config.imports, systemClock),
  onImport: createImportReporter(telemetry),
  now: systemClock,
});

export const handler = apiHandler(
  createContactsEndpoint({ importContacts, now: systemClock }, CONTACTS),
  telemetry,
);
