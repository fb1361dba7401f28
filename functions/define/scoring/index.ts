import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { createQueueSender, createSqsClient } from '#shared/aws/sqs.ts';
import { serve } from '#shared/contract/operation.ts';
import { SCORING } from '#shared/contract/operations/scoring.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV } from '#shared/deployment/names.ts';
import { apiHandler } from '#shared/http/api.ts';
import { createProgressStore } from '#shared/refresh/progress-store.ts';
import { createScoringStore } from '#shared/scoring/scoring-store.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { systemClock } from '#shared/time/clock.ts';
import { createScoring } from './handler.ts';

const config = readConfig({
  definitions: ENV.definitionsTable,
  refreshes: ENV.refreshesTable,
  planQueue: ENV.planQueueUrl,
});
const client = createDynamoClient();

export const handler = apiHandler(
  serve(
    SCORING,
    createScoring({
      scoring: createScoringStore(client, config.definitions),
      progress: createProgressStore(client, config.refreshes, systemClock),
      planner: createQueueSender(createSqsClient(), config.planQueue),
      now: systemClock,
    }),
  ),
  createTelemetry('define-scoring'),
);
