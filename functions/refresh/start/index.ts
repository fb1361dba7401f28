import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { createQueueSender, createSqsClient } from '#shared/aws/sqs.ts';
import { serve } from '#shared/contract/operation.ts';
import { REFRESH } from '#shared/contract/operations/refresh.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV } from '#shared/deployment/names.ts';
import { apiHandler } from '#shared/http/api.ts';
import { createIdentityStore } from '#shared/identities/identity-store.ts';
import { createReceiptStore } from '#shared/imports/receipt-store.ts';
import { createJobStore } from '#shared/jobs/job-store.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { systemClock } from '#shared/time/clock.ts';
import { createStartRefresh } from './handler.ts';

const config = readConfig({
  identities: ENV.identitiesTable,
  imports: ENV.importsTable,
  jobs: ENV.jobsTable,
  bulkQueue: ENV.bulkQueueUrl,
  planQueue: ENV.planQueueUrl,
});
const client = createDynamoClient();
const sqs = createSqsClient();

export const handler = apiHandler(
  serve(REFRESH, {
    startRefresh: createStartRefresh({
      contacts: createIdentityStore(client, config.identities),
      receipts: createReceiptStore(client, config.imports, systemClock),
      jobs: createJobStore(client, config.jobs, systemClock),
      workers: createQueueSender(sqs, config.bulkQueue),
      planner: createQueueSender(sqs, config.planQueue),
      now: systemClock,
    }),
  }),
  createTelemetry('refresh-start'),
);
