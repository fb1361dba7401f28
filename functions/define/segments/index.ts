import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { createQueueSender, createSqsClient } from '#shared/aws/sqs.ts';
import { serve } from '#shared/contract/operation.ts';
import { SEGMENTS } from '#shared/contract/operations/segments.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV } from '#shared/deployment/names.ts';
import { apiHandler } from '#shared/http/api.ts';
import { createEveryoneStore } from '#shared/jobs/everyone-store.ts';
import { createJobStore } from '#shared/jobs/job-store.ts';
import { createJobReader } from '#shared/jobs/reader.ts';
import { createJobStarter } from '#shared/jobs/starter.ts';
import { createSegmentStore } from '#shared/segments/segment-store.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { systemClock as now } from '#shared/time/clock.ts';
import { createSegments } from './handler.ts';

const config = readConfig({
  definitions: ENV.definitionsTable,
  members: ENV.membersTable,
  jobs: ENV.jobsTable,
  planQueue: ENV.planQueueUrl,
});
const client = createDynamoClient();
const jobs = createJobStore(client, config.jobs, now);

export const handler = apiHandler(
  serve(
    SEGMENTS,
    createSegments({
      segments: createSegmentStore(client, config),
      progress: createJobReader({ jobs }),
      starter: createJobStarter({
        jobs,
        everyone: createEveryoneStore(client, config.jobs),
        planner: createQueueSender(createSqsClient(), config.planQueue),
        now,
      }),
      now,
    }),
  ),
  createTelemetry('define-segments'),
);
