import { createNameRowsStore } from '#shared/analytics/name-rows-store.ts';
import { createNameSampler } from '#shared/analytics/name-sample-store.ts';
import { createRollupStore } from '#shared/analytics/rollup-store.ts';
import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { budgetOf } from '#shared/aws/retry.ts';
import { serve } from '#shared/contract/operation.ts';
import { ANALYTICS } from '#shared/contract/operations/analytics.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV } from '#shared/deployment/names.ts';
import { apiHandler } from '#shared/http/api.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { createReadAnalytics } from './handler.ts';

/** The time limit for reading a chart, in ms; API Gateway ends a request after 29 s. */
const WORK_MS = 20_000;

const { table } = readConfig({ table: ENV.rollupsTable });
const client = createDynamoClient();

export const handler = apiHandler(
  serve(ANALYTICS, {
    readAnalytics: createReadAnalytics({
      rollups: createRollupStore(client, table),
      nameRows: createNameRowsStore(client, table),
      samples: createNameSampler(client, table),
      budget: () => budgetOf(WORK_MS),
    }),
  }),
  createTelemetry('query-analytics'),
);
