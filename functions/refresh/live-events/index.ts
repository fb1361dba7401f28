import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { createQueueSender, createSqsClient } from '#shared/aws/sqs.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV, METRIC, SERVICE } from '#shared/deployment/names.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { systemClock } from '#shared/time/clock.ts';
import { createSendLiveEvents } from './handler.ts';

const { liveQueue } = readConfig({ liveQueue: ENV.liveQueueUrl });
const { metrics } = createTelemetry(SERVICE.liveEvents);

export const handler = createSendLiveEvents({
  workers: createQueueSender(createSqsClient(), liveQueue),
  now: systemClock,
  onSent: (lagMs) => {
    metrics.addMetric(METRIC.liveEventLagMs, MetricUnit.Milliseconds, lagMs);
    metrics.publishStoredMetrics();
  },
});
