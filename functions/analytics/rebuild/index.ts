import { randomUUID } from 'node:crypto';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { createCountedStore } from '#shared/analytics/counted-store.ts';
import { createGenerationsStore } from '#shared/analytics/generations-store.ts';
import { createNameSampler } from '#shared/analytics/name-sample-store.ts';
import { createRebuildStore } from '#shared/analytics/rebuild-store.ts';
import { RebuildMessageSchema } from '#shared/analytics/rebuild-task.ts';
import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { queueHandler } from '#shared/aws/queue-handler.ts';
import { createChangeVisibility, createQueueSender, createSqsClient } from '#shared/aws/sqs.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV, MAX_RECEIVES, METRIC, SERVICE } from '#shared/deployment/names.ts';
import { createEventReader } from '#shared/events/event-store.ts';
import { createIsCancelled } from '#shared/jobs/control.ts';
import { createCountStore } from '#shared/jobs/count-store.ts';
import { createJobCounter } from '#shared/jobs/counter.ts';
import { createJobStore } from '#shared/jobs/job-store.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { systemClock as now } from '#shared/time/clock.ts';
import { createRebuildWorker } from './handler.ts';

const config = readConfig({
  events: ENV.eventsTable,
  jobs: ENV.jobsTable,
  rollups: ENV.rollupsTable,
  planQueue: ENV.planQueueUrl,
  queue: ENV.ownQueueUrl,
  workMs: ENV.workMs,
  holdSeconds: ENV.holdSeconds,
});
const client = createDynamoClient();
const sqs = createSqsClient();
const telemetry = createTelemetry(SERVICE.rebuild);

export const handler = queueHandler({
  schema: RebuildMessageSchema,
  operation: createRebuildWorker({
    events: createEventReader(client, config.events),
    generations: createGenerationsStore(client, config.rollups),
    counted: createCountedStore(client, config.rollups, now),
    samples: createNameSampler(client, config.rollups),
    rebuilds: createRebuildStore(client, config.rollups, now),
    newAttempt: randomUUID,
    jobs: createJobCounter({
      counts: createCountStore(client, config.jobs, now),
      planner: createQueueSender(sqs, config.planQueue),
      now,
      onFailed: (items) => telemetry.metrics.addMetric(METRIC.jobItemsFailed, MetricUnit.Count, items),
    }),
    isCancelled: createIsCancelled(createJobStore(client, config.jobs, now), now),
    maxAttempts: MAX_RECEIVES,
  }),
  telemetry,
  workMs: Number(config.workMs),
  holdSeconds: Number(config.holdSeconds),
  changeVisibility: createChangeVisibility(sqs, config.queue),
});
