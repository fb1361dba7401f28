import type { createBulkClient } from '#shared/aws/dynamodb.ts';
import { createQueueSender, type createSqsClient } from '#shared/aws/sqs.ts';
import { createCompanyStore } from '#shared/companies/company-store.ts';
import { ENV } from '#shared/deployment/names.ts';
import { createEventWriter } from '#shared/events/event-store.ts';
import { createIdentityStore } from '#shared/identities/identity-store.ts';
import { createArrivalStore } from '#shared/imports/arrival-store.ts';
import { createMessageImporter, type MessageImporter } from '#shared/imports/message-import.ts';
import { createReceiptStore } from '#shared/imports/receipt-store.ts';
import { createImportReporter } from '#shared/imports/report-import.ts';
import { createEveryoneStore } from '#shared/jobs/everyone-store.ts';
import { createJobStore } from '#shared/jobs/job-store.ts';
import { createJobStarter } from '#shared/jobs/starter.ts';
import { createLinkStore } from '#shared/linking/link-store.ts';
import { createLinker } from '#shared/linking/linker.ts';
import { createMerge } from '#shared/linking/merge.ts';
import { createRefreshCompanies } from '#shared/refresh/changed-companies.ts';
import { createComputeOf } from '#shared/refresh/compiled-definitions.ts';
import { createRefreshMerged } from '#shared/refresh/merged.ts';
import { createSegmentStore } from '#shared/segments/segment-store.ts';
import type { Telemetry } from '#shared/telemetry/telemetry.ts';
import type { Clock } from '#shared/time/clock.ts';

/** The names of the environment variables that {@link importerOf} needs. */
export const MESSAGE_IMPORT_CONFIG = {
  identities: ENV.identitiesTable,
  contacts: ENV.contactsTable,
  companies: ENV.companiesTable,
  standings: ENV.standingsTable,
  members: ENV.membersTable,
  events: ENV.eventsTable,
  imports: ENV.importsTable,
  definitions: ENV.definitionsTable,
  jobs: ENV.jobsTable,
  liveQueue: ENV.liveQueueUrl,
  planQueue: ENV.planQueueUrl,
} as const;

/** What {@link importerOf} is made of. */
export interface ImporterParts {
  readonly client: ReturnType<typeof createBulkClient>;
  readonly sqs: ReturnType<typeof createSqsClient>;
  readonly telemetry: Telemetry;
  readonly config: Readonly<Record<keyof typeof MESSAGE_IMPORT_CONFIG, string>>;
  readonly now: Clock;
}

/** Wires the import of messages, for the functions that have it. */
export const importerOf = ({ client, sqs, telemetry, config, now }: ImporterParts): MessageImporter => {
  const links = createLinkStore(client, config);
  return createMessageImporter({
    identities: createIdentityStore(client, config.identities),
    link: createLinker(links),
    merge: createMerge(links),
    companies: createCompanyStore(client, config.companies),
    events: createEventWriter(client, config.events),
    refresh: createRefreshMerged(createQueueSender(sqs, config.liveQueue), now),
    refreshCompanies: createRefreshCompanies({
      starter: createJobStarter({
        jobs: createJobStore(client, config.jobs, now),
        everyone: createEveryoneStore(client, config.jobs),
        planner: createQueueSender(sqs, config.planQueue),
        now,
      }),
      computeOf: createComputeOf(createSegmentStore(client, config), now),
      now,
    }),
    receipts: createReceiptStore(client, config.imports, now),
    arrivals: createArrivalStore(client, config.imports),
    onImport: createImportReporter(telemetry),
    now,
  });
};
