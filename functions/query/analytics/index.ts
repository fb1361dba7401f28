import { createRollupStore } from '#shared/analytics/rollup-store.ts';
import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { apiHandler } from '#shared/runtime/api.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { ENV } from '#shared/runtime/names.ts';
import { createTelemetry } from '#shared/runtime/powertools.ts';
import { createReadAnalytics } from './handler.ts';

const { table } = readConfig({ table: ENV.rollupsTable });

export const handler = apiHandler(
  createReadAnalytics({ rollups: createRollupStore(createDynamoClient(), table) }),
  createTelemetry('query-analytics'),
);
