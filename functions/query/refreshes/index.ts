import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { serve } from '#shared/contract/operation.ts';
import { REFRESHES } from '#shared/contract/operations/refreshes.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV } from '#shared/deployment/names.ts';
import { apiHandler } from '#shared/http/api.ts';
import { createJobStore } from '#shared/jobs/job-store.ts';
import { createJobReader } from '#shared/jobs/reader.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { systemClock } from '#shared/time/clock.ts';
import { createReadRefresh } from './handler.ts';

const config = readConfig({ jobs: ENV.jobsTable });
const jobs = createJobStore(createDynamoClient(), config.jobs, systemClock);

export const handler = apiHandler(
  serve(REFRESHES, { readRefresh: createReadRefresh({ jobs: createJobReader({ jobs }) }) }),
  createTelemetry('query-refreshes'),
);
