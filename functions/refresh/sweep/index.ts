import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { createQueueSender, createSqsClient } from '#shared/aws/sqs.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV, METRIC, SERVICE } from '#shared/deployment/names.ts';
import { createStandingStore } from '#shared/standings/standing-store.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { systemClock } from '#shared/time/clock.ts';
import { createSweep } from './handler.ts';

const config = readConfig({ standings: ENV.standingsTable, dueQueue: ENV.dueQueueUrl });
const { metrics } = createTelemetry(SERVICE.sweep);
const sweep = createSweep({
  standings: createStandingStore(createDynamoClient(), config.standings),
  workers: createQueueSender(createSqsClient(), config.dueQueue),
  now: systemClock,
});

export const handler = async (): Promise<void> => {
  metrics.addMetric(METRIC.contactsDue, MetricUnit.Count, await sweep());
  metrics.publishStoredMetrics();
};
