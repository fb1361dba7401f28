import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { createQueueSender, createSqsClient } from '#shared/aws/sqs.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { ENV, METRIC, SERVICE } from '#shared/runtime/names.ts';
import { createTelemetry } from '#shared/runtime/powertools.ts';
import { createNoticeLiveEvents } from './handler.ts';

const { refreshQueue } = readConfig({ refreshQueue: ENV.refreshQueueUrl });
const { metrics } = createTelemetry(SERVICE.liveEvents);

export const handler = createNoticeLiveEvents({
  workers: createQueueSender(createSqsClient(), refreshQueue),
  now: systemClock,
  onNoticed: (lagMs) => {
    metrics.addMetric(METRIC.liveEventLagMs, MetricUnit.Milliseconds, lagMs);
    metrics.publishStoredMetrics();
  },
});
