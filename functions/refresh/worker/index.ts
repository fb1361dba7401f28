import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { queueHandler } from '#shared/aws/queue-handler.ts';
import { createChangeVisibility, createQueueSender, createSqsClient } from '#shared/aws/sqs.ts';
import { createCompanyStore } from '#shared/companies/company-store.ts';
import { createContactStore } from '#shared/contacts/contact-store.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV, MAX_RECEIVES, METRIC } from '#shared/deployment/names.ts';
import { createEventReader } from '#shared/events/event-store.ts';
import { createIdentityStore } from '#shared/identities/identity-store.ts';
import { createIsCancelled } from '#shared/jobs/control.ts';
import { createCountStore } from '#shared/jobs/count-store.ts';
import { createJobCounter } from '#shared/jobs/counter.ts';
import { createJobStore } from '#shared/jobs/job-store.ts';
import { createComputeOf } from '#shared/refresh/compiled-definitions.ts';
import { RefreshMessageSchema } from '#shared/refresh/messages.ts';
import { createSegmentStore } from '#shared/segments/segment-store.ts';
import { createOutcomeStore } from '#shared/standings/outcome-store.ts';
import { createStandingStore } from '#shared/standings/standing-store.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { systemClock as now } from '#shared/time/clock.ts';
import { createRefreshContacts } from './handler.ts';

const config = readConfig({
  events: ENV.eventsTable,
  identities: ENV.identitiesTable,
  contacts: ENV.contactsTable,
  companies: ENV.companiesTable,
  standings: ENV.standingsTable,
  definitions: ENV.definitionsTable,
  members: ENV.membersTable,
  jobs: ENV.jobsTable,
  planQueue: ENV.planQueueUrl,
  queue: ENV.ownQueueUrl,
  workMs: ENV.workMs,
  holdSeconds: ENV.holdSeconds,
  service: ENV.service,
});
const client = createDynamoClient();
const sqs = createSqsClient();
const telemetry = createTelemetry(config.service);
const { metrics } = telemetry;

export const handler = queueHandler({
  schema: RefreshMessageSchema,
  operation: createRefreshContacts({
    identities: createIdentityStore(client, config.identities),
    standings: createStandingStore(client, config.standings),
    contacts: createContactStore(client, config.contacts),
    companies: createCompanyStore(client, config.companies),
    computeOf: createComputeOf(createSegmentStore(client, config), now),
    events: createEventReader(client, config.events),
    outcomes: createOutcomeStore(client, config),
    jobs: createJobCounter({
      counts: createCountStore(client, config.jobs, now),
      planner: createQueueSender(sqs, config.planQueue),
      now,
      onFailed: (items) => metrics.addMetric(METRIC.jobItemsFailed, MetricUnit.Count, items),
    }),
    isCancelled: createIsCancelled(createJobStore(client, config.jobs, now), now),
    now,
    onRefreshed: ({ contacts, segmentChanges, lagMs }) => {
      metrics.addMetric(METRIC.contactsRefreshed, MetricUnit.Count, contacts);
      metrics.addMetric(METRIC.segmentChanges, MetricUnit.Count, segmentChanges);
      metrics.addMetric(METRIC.refreshLagMs, MetricUnit.Milliseconds, lagMs);
    },
    onDueFailed: (contacts, cause) => {
      telemetry.logger.error('Contacts that are due could not be refreshed', {
        contacts,
        errorName: cause instanceof Error ? cause.name : 'unknown',
      });
    },
    maxAttempts: MAX_RECEIVES,
  }),
  telemetry,
  workMs: Number(config.workMs),
  holdSeconds: Number(config.holdSeconds),
  changeVisibility: createChangeVisibility(sqs, config.queue),
});
