import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { queueHandler } from '#shared/aws/queue-handler.ts';
import { createChangeVisibility, createQueueSender, createSqsClient } from '#shared/aws/sqs.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV } from '#shared/deployment/names.ts';
import { createIdentityStore } from '#shared/identities/identity-store.ts';
import { PlanMessageSchema } from '#shared/refresh/messages.ts';
import { createProgressStore } from '#shared/refresh/progress-store.ts';
import { createSegmentStore } from '#shared/segments/segment-store.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { systemClock } from '#shared/time/clock.ts';
import { createPlan } from './handler.ts';

const config = readConfig({
  identities: ENV.identitiesTable,
  definitions: ENV.definitionsTable,
  members: ENV.membersTable,
  refreshes: ENV.refreshesTable,
  bulkQueue: ENV.bulkQueueUrl,
  queue: ENV.ownQueueUrl,
  workMs: ENV.workMs,
});
const client = createDynamoClient();
const sqs = createSqsClient();

export const handler = queueHandler({
  schema: PlanMessageSchema,
  operation: createPlan({
    contacts: createIdentityStore(client, config.identities),
    segments: createSegmentStore(client, config),
    progress: createProgressStore(client, config.refreshes, systemClock),
    workers: createQueueSender(sqs, config.bulkQueue),
    planner: createQueueSender(sqs, config.queue),
  }),
  telemetry: createTelemetry('refresh-planner'),
  workMs: Number(config.workMs),
  changeVisibility: createChangeVisibility(sqs, config.queue),
});
