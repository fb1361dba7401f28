import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { createQueueSender, createSqsClient } from '#shared/aws/sqs.ts';
import { serve } from '#shared/contract/operation.ts';
import { SEGMENTS } from '#shared/contract/operations/segments.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV } from '#shared/deployment/names.ts';
import { apiHandler } from '#shared/http/api.ts';
import { createProgressStore } from '#shared/refresh/progress-store.ts';
import { createSegmentStore } from '#shared/segments/segment-store.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { systemClock } from '#shared/time/clock.ts';
import { createSegments } from './handler.ts';

const config = readConfig({
  definitions: ENV.definitionsTable,
  members: ENV.membersTable,
  refreshes: ENV.refreshesTable,
  planQueue: ENV.planQueueUrl,
});
const client = createDynamoClient();

export const handler = apiHandler(
  serve(
    SEGMENTS,
    createSegments({
      segments: createSegmentStore(client, config),
      progress: createProgressStore(client, config.refreshes, systemClock),
      planner: createQueueSender(createSqsClient(), config.planQueue),
      now: systemClock,
    }),
  ),
  createTelemetry('define-segments'),
);
