import { createBulkClient, createDynamoClient } from '#shared/aws/dynamodb.ts';
import { createQueueSender, createSqsClient } from '#shared/aws/sqs.ts';
import { clientErrorBody } from '#shared/clients/answers.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV, SERVICE } from '#shared/deployment/names.ts';
import { apiHandler } from '#shared/http/api.ts';
import { createJobStore } from '#shared/jobs/job-store.ts';
import { createCachedOwners } from '#shared/keys/cached-owners.ts';
import { createKeyStore } from '#shared/keys/key-store.ts';
import { createThrottle } from '#shared/keys/throttle.ts';
import { createThrottleStore } from '#shared/keys/throttle-store.ts';
import { createLinkStore } from '#shared/linking/link-store.ts';
import { refreshNamed } from '#shared/refresh/start.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { systemClock as now } from '#shared/time/clock.ts';
import { importerOf, MESSAGE_IMPORT_CONFIG } from '../importer.ts';
import { createImportUpload } from './handler.ts';

const config = readConfig({
  ...MESSAGE_IMPORT_CONFIG,
  keys: ENV.keysTable,
  bulkQueue: ENV.bulkQueueUrl,
  ratePerSecond: ENV.uploadRatePerSecond,
});
const client = createDynamoClient();
const bulkClient = createBulkClient();
const sqs = createSqsClient();
const telemetry = createTelemetry('clients-leadvibe', SERVICE.ingest);
const refreshing = {
  jobs: createJobStore(client, config.jobs, now),
  workers: createQueueSender(sqs, config.bulkQueue),
  planner: createQueueSender(sqs, config.planQueue),
  now,
} as const;

export const handler = apiHandler(
  createImportUpload({
    ownerOf: createCachedOwners(createKeyStore(client, config.keys), now),
    throttle: createThrottle(
      createThrottleStore(client, config.keys, 'uploads'),
      Number(config.ratePerSecond),
      now,
    ),
    importMessages: importerOf({ client: bulkClient, sqs, telemetry, config, now }),
    contacts: createLinkStore(bulkClient, config),
    // The events are so new that an eventually consistent read may miss them.
    refresh: (orgId, contactIds) => refreshNamed(refreshing, orgId, contactIds, { consistent: true }),
    now,
  }),
  telemetry,
  clientErrorBody,
);
