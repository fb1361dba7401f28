import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { createCountedStore } from '#shared/analytics/counted-store.ts';
import { createGenerationsStore } from '#shared/analytics/generations-store.ts';
import { createNameSampler } from '#shared/analytics/name-sample-store.ts';
import { createRollupStore } from '#shared/analytics/rollup-store.ts';
import { createBulkClient } from '#shared/aws/dynamodb.ts';
import { budgetOf } from '#shared/aws/retry.ts';
import { createDeadLetterSender, createSqsClient } from '#shared/aws/sqs.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV, METRIC, SERVICE } from '#shared/deployment/names.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { systemClock } from '#shared/time/clock.ts';
import { createCountEvents } from './handler.ts';

/**
 * The time limit for counting a batch, in ms. Dead letters take at most ten seconds more; Lambda ends the function
 * after a minute, see infra/stages/analytics.ts.
 */
const WORK_MS = 45_000;

const { table, deadLetterQueue } = readConfig({
  table: ENV.rollupsTable,
  deadLetterQueue: ENV.deadLetterQueueUrl,
});
const client = createBulkClient();
const { metrics } = createTelemetry(SERVICE.count);

export const handler = createCountEvents({
  rollups: createRollupStore(client, table),
  generations: createGenerationsStore(client, table),
  counted: createCountedStore(client, table, systemClock),
  samples: createNameSampler(client, table),
  deadLetters: createDeadLetterSender(createSqsClient(), deadLetterQueue),
  onCounted: ({ events, lagMs }) => {
    metrics.addMetric(METRIC.analyticsCounted, MetricUnit.Count, events);
    metrics.addMetric(METRIC.streamLagMs, MetricUnit.Milliseconds, lagMs);
    metrics.publishStoredMetrics();
  },
  budget: () => budgetOf(WORK_MS, systemClock),
});
