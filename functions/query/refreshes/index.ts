import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { createProgressStore } from '#shared/refresh/progress-store.ts';
import { apiHandler } from '#shared/runtime/api.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { ENV } from '#shared/runtime/names.ts';
import { createTelemetry } from '#shared/runtime/powertools.ts';
import { createReadRefresh } from './handler.ts';

const { refreshes } = readConfig({ refreshes: ENV.refreshesTable });

export const handler = apiHandler(
  createReadRefresh({ progress: createProgressStore(createDynamoClient(), refreshes, systemClock) }),
  createTelemetry('query-refreshes'),
);
