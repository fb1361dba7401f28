import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { createDeadLetterSender, createQueueSender, createSqsClient } from '#shared/aws/sqs.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV, METRIC, SERVICE } from '#shared/deployment/names.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { systemClock } from '#shared/time/clock.ts';
import { createSendLiveEvents } from './handler.ts';

const { liveQueue, deadLetterQueue } = readConfig({
  liveQueue: ENV.liveQueueUrl,
  deadLetterQueue: ENV.deadLetterQueueUrl,
});
const sqs = createSqsClient();
const { metrics } = createTelemetry(SERVICE.liveEvents);

export const handler = createSendLiveEvents({
  workers: createQueueSender(sqs, liveQueue),
  deadLetters: createDeadLetterSender(sqs, deadLetterQueue),
  now: systemClock,
  onSent: (lagMs) => {
    metrics.addMetric(METRIC.liveEventLagMs, MetricUnit.Milliseconds, lagMs);
    metrics.publishStoredMetrics();
  },
});
