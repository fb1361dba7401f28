import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { createQueueSender, createSqsClient } from '#shared/aws/sqs.ts';
import { createProgressStore } from '#shared/refresh/progress-store.ts';
import { apiHandler, routed } from '#shared/runtime/api.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { ENV } from '#shared/runtime/names.ts';
import { createTelemetry } from '#shared/runtime/powertools.ts';
import { createSegmentStore } from '#shared/segments/segment-store.ts';
import { createSegments } from './handler.ts';

const config = readConfig({
  definitions: ENV.definitionsTable,
  members: ENV.membersTable,
  refreshes: ENV.refreshesTable,
  planQueue: ENV.planQueueUrl,
});
const client = createDynamoClient();

export const handler = apiHandler(
  routed(
    createSegments({
      segments: createSegmentStore(client, config),
      progress: createProgressStore(client, config.refreshes, systemClock),
      planner: createQueueSender(createSqsClient(), config.planQueue),
      now: systemClock,
    }),
  ),
  createTelemetry('define-segments'),
);
