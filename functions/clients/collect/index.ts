import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { createBulkClient } from '#shared/aws/dynamodb.ts';
import { queueHandler } from '#shared/aws/queue-handler.ts';
import { createChangeVisibility, createSqsClient } from '#shared/aws/sqs.ts';
import { AcceptedSchema } from '#shared/clients/accepted.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV, METRIC, SERVICE } from '#shared/deployment/names.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { systemClock as now } from '#shared/time/clock.ts';
import { importerOf, MESSAGE_IMPORT_CONFIG } from '../importer.ts';
import { createCollect } from './handler.ts';

const config = readConfig({
  ...MESSAGE_IMPORT_CONFIG,
  queue: ENV.ownQueueUrl,
  workMs: ENV.workMs,
  holdSeconds: ENV.holdSeconds,
});
const sqs = createSqsClient();
const telemetry = createTelemetry('clients-collect', SERVICE.ingest);

export const handler = queueHandler({
  schema: AcceptedSchema,
  operation: createCollect({
    importMessages: importerOf({ client: createBulkClient(), sqs, telemetry, config, now }),
    now,
    onStored: (lagMs) => telemetry.metrics.addMetric(METRIC.messageLagMs, MetricUnit.Milliseconds, lagMs),
  }),
  telemetry,
  workMs: Number(config.workMs),
  holdSeconds: Number(config.holdSeconds),
  changeVisibility: createChangeVisibility(sqs, config.queue),
});
