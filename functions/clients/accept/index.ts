import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { createQueueSender, createSqsClient } from '#shared/aws/sqs.ts';
import { clientErrorBody } from '#shared/clients/answers.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV } from '#shared/deployment/names.ts';
import { apiHandler } from '#shared/http/api.ts';
import { createCachedOwners } from '#shared/keys/cached-owners.ts';
import { createKeyStore } from '#shared/keys/key-store.ts';
import { createThrottle } from '#shared/keys/throttle.ts';
import { createThrottleStore } from '#shared/keys/throttle-store.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { systemClock as now } from '#shared/time/clock.ts';
import { createAccept } from './handler.ts';

const config = readConfig({
  keys: ENV.keysTable,
  queue: ENV.messageQueueUrl,
  ratePerSecond: ENV.liveRatePerSecond,
});
const client = createDynamoClient();

export const handler = apiHandler(
  createAccept({
    ownerOf: createCachedOwners(createKeyStore(client, config.keys), now),
    throttle: createThrottle(
      createThrottleStore(client, config.keys, 'calls'),
      Number(config.ratePerSecond),
      now,
    ),
    queue: createQueueSender(createSqsClient(), config.queue),
    now,
  }),
  createTelemetry('clients-accept'),
  clientErrorBody,
);
