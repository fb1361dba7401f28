import { createBulkClient } from '#shared/aws/dynamodb.ts';
import { createQueueSender, createSqsClient } from '#shared/aws/sqs.ts';
import { CONTACTS } from '#shared/contract/import-shapes.ts';
import { serve } from '#shared/contract/operation.ts';
import { IMPORT_CONTACTS } from '#shared/contract/operations/import-contacts.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV, SERVICE } from '#shared/deployment/names.ts';
import { createEventWriter } from '#shared/events/event-store.ts';
import { apiHandler } from '#shared/http/api.ts';
import { createContactImporter } from '#shared/imports/contact-import.ts';
import { createReceiptStore } from '#shared/imports/receipt-store.ts';
import { createImportReporter } from '#shared/imports/report-import.ts';
import { createLinkStore } from '#shared/linking/link-store.ts';
import { createLinker } from '#shared/linking/linker.ts';
import { createMerge } from '#shared/linking/merge.ts';
import { createRefreshMerged } from '#shared/refresh/merged.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { systemClock as now } from '#shared/time/clock.ts';
import { createContactsEndpoint } from './handler.ts';
import { createMergeContacts } from './merge-handler.ts';

const config = readConfig({
  identities: ENV.identitiesTable,
  contacts: ENV.contactsTable,
  standings: ENV.standingsTable,
  members: ENV.membersTable,
  events: ENV.eventsTable,
  imports: ENV.importsTable,
  liveQueue: ENV.liveQueueUrl,
});
const client = createBulkClient();
const telemetry = createTelemetry('ingest-contacts', SERVICE.ingest);
const links = createLinkStore(client, config);
const refresh = createRefreshMerged(createQueueSender(createSqsClient(), config.liveQueue), now);
const importContacts = createContactImporter({
  link: createLinker(links),
  events: createEventWriter(client, config.events),
  refresh,
  receipts: createReceiptStore(client, config.imports, now),
  onImport: createImportReporter(telemetry),
  now,
});

export const handler = apiHandler(
  serve(IMPORT_CONTACTS, {
    importContacts: createContactsEndpoint({ importContacts, now }, CONTACTS),
    mergeContacts: createMergeContacts({ merge: createMerge(links), refresh, now }),
  }),
  telemetry,
);
