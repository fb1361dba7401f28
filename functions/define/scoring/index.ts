import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { createQueueSender, createSqsClient } from '#shared/aws/sqs.ts';
import { serve } from '#shared/contract/operation.ts';
import { SCORING } from '#shared/contract/operations/scoring.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV } from '#shared/deployment/names.ts';
import { apiHandler } from '#shared/http/api.ts';
import { createEveryoneStore } from '#shared/jobs/everyone-store.ts';
import { createJobStore } from '#shared/jobs/job-store.ts';
import { createJobStarter } from '#shared/jobs/starter.ts';
import { createScoringStore } from '#shared/scoring/scoring-store.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { systemClock as now } from '#shared/time/clock.ts';
import { createScoring } from './handler.ts';

const config = readConfig({
  definitions: ENV.definitionsTable,
  jobs: ENV.jobsTable,
  planQueue: ENV.planQueueUrl,
});
const client = createDynamoClient();

export const handler = apiHandler(
  serve(
    SCORING,
    createScoring({
      scoring: createScoringStore(client, config.definitions),
      starter: createJobStarter({
        jobs: createJobStore(client, config.jobs, now),
        everyone: createEveryoneStore(client, config.jobs),
        planner: createQueueSender(createSqsClient(), config.planQueue),
        now,
      }),
      now,
    }),
  ),
  createTelemetry('define-scoring'),
);
