import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { serve } from '#shared/contract/operation.ts';
import { REFRESHES } from '#shared/contract/operations/refreshes.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV } from '#shared/deployment/names.ts';
import { apiHandler } from '#shared/http/api.ts';
import { createProgressStore } from '#shared/refresh/progress-store.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { systemClock } from '#shared/time/clock.ts';
import { createReadRefresh } from './handler.ts';

const { refreshes } = readConfig({ refreshes: ENV.refreshesTable });

export const handler = apiHandler(
  serve(REFRESHES, {
    readRefresh: createReadRefresh({
      progress: createProgressStore(createDynamoClient(), refreshes, systemClock),
    }),
  }),
  createTelemetry('query-refreshes'),
);
