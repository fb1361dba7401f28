import { createQueueSender, createSqsClient } from '#shared/aws/sqs.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { ENV } from '#shared/runtime/names.ts';
import { createNoticeLiveEvents } from './handler.ts';

const { refreshQueue } = readConfig({ refreshQueue: ENV.refreshQueueUrl });

export const handler = createNoticeLiveEvents({
  workers: createQueueSender(createSqsClient(), refreshQueue),
  now: systemClock,
});
