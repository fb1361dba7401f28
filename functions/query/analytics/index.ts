import { createRollupStore } from '#shared/analytics/rollup-store.ts';
import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { serve } from '#shared/contract/operation.ts';
import { ANALYTICS } from '#shared/contract/operations/analytics.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV } from '#shared/deployment/names.ts';
import { apiHandler } from '#shared/http/api.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { createReadAnalytics } from './handler.ts';

const { table } = readConfig({ table: ENV.rollupsTable });

export const handler = apiHandler(
  serve(ANALYTICS, {
    readAnalytics: createReadAnalytics({ rollups: createRollupStore(createDynamoClient(), table) }),
  }),
  createTelemetry('query-analytics'),
);
