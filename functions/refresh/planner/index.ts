import { createGenerationsStore } from '#shared/analytics/generations-store.ts';
import { createRebuildKind, REBUILD_KIND } from '#shared/analytics/rebuild-kind.ts';
import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { queueHandler } from '#shared/aws/queue-handler.ts';
import { createChangeVisibility, createQueueSender, createSqsClient } from '#shared/aws/sqs.ts';
import { createCompanyStore } from '#shared/companies/company-store.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV } from '#shared/deployment/names.ts';
import { createIdentityStore } from '#shared/identities/identity-store.ts';
import { createEveryoneStore } from '#shared/jobs/everyone-store.ts';
import { createJobStore } from '#shared/jobs/job-store.ts';
import { PlanMessageSchema } from '#shared/jobs/messages.ts';
import { createAdvance } from '#shared/jobs/planner.ts';
import { cancelJob } from '#shared/jobs/starter.ts';
import { createRefreshKinds } from '#shared/refresh/kinds.ts';
import { createSegmentStore } from '#shared/segments/segment-store.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { systemClock as now } from '#shared/time/clock.ts';

const config = readConfig({
  identities: ENV.identitiesTable,
  companies: ENV.companiesTable,
  definitions: ENV.definitionsTable,
  members: ENV.membersTable,
  jobs: ENV.jobsTable,
  rollups: ENV.rollupsTable,
  bulkQueue: ENV.bulkQueueUrl,
  rebuildQueue: ENV.rebuildQueueUrl,
  queue: ENV.ownQueueUrl,
  workMs: ENV.workMs,
  holdSeconds: ENV.holdSeconds,
  window: ENV.jobWindow,
});
const client = createDynamoClient();
const sqs = createSqsClient();

const contacts = createIdentityStore(client, config.identities);
const jobs = createJobStore(client, config.jobs, now);
const everyone = createEveryoneStore(client, config.jobs);

const advance = createAdvance({
  jobs,
  everyone,
  kinds: {
    ...createRefreshKinds({
      contacts,
      segments: createSegmentStore(client, config),
      companies: createCompanyStore(client, config.companies),
      workers: createQueueSender(sqs, config.bulkQueue),
    }),
    [REBUILD_KIND]: createRebuildKind({
      contacts,
      generations: createGenerationsStore(client, config.rollups),
      cancel: (orgId, jobId) => cancelJob({ jobs, everyone }, orgId, jobId),
      workers: createQueueSender(sqs, config.rebuildQueue),
    }),
  },
  planner: createQueueSender(sqs, config.queue),
  window: Number(config.window),
  now,
});

export const handler = queueHandler({
  schema: PlanMessageSchema,
  operation: (message, { attempt, budget }) => advance(message, { isRetry: attempt > 1, budget }),
  telemetry: createTelemetry('refresh-planner'),
  workMs: Number(config.workMs),
  holdSeconds: Number(config.holdSeconds),
  changeVisibility: createChangeVisibility(sqs, config.queue),
});
