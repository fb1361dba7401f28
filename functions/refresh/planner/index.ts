import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { queueHandler } from '#shared/aws/queue-handler.ts';
import { createQueueSender, createSqsClient } from '#shared/aws/sqs.ts';
import { createContactStore } from '#shared/contacts/contact-store.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV } from '#shared/deployment/names.ts';
import { PlanMessageSchema } from '#shared/refresh/messages.ts';
import { createProgressStore } from '#shared/refresh/progress-store.ts';
import { createSegmentStore } from '#shared/segments/segment-store.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { systemClock } from '#shared/time/clock.ts';
import { createPlan } from './handler.ts';

const config = readConfig({
  contacts: ENV.contactsTable,
  definitions: ENV.definitionsTable,
  members: ENV.membersTable,
  refreshes: ENV.refreshesTable,
  refreshQueue: ENV.refreshQueueUrl,
  planQueue: ENV.planQueueUrl,
});
const client = createDynamoClient();
const sqs = createSqsClient();

export const handler = queueHandler(
  PlanMessageSchema,
  createPlan({
    contacts: createContactStore(client, config.contacts),
    segments: createSegmentStore(client, config),
    progress: createProgressStore(client, config.refreshes, systemClock),
    workers: createQueueSender(sqs, config.refreshQueue),
    planner: createQueueSender(sqs, config.planQueue),
    now: systemClock,
  }),
  createTelemetry('refresh-planner'),
);
