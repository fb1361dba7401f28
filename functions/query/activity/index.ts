import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { serve } from '#shared/contract/operation.ts';
import { ACTIVITY } from '#shared/contract/operations/activity.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV } from '#shared/deployment/names.ts';
import { createEventReader } from '#shared/events/event-store.ts';
import { apiHandler } from '#shared/http/api.ts';
import { createIdentityStore } from '#shared/identities/identity-store.ts';
import { createStandingStore } from '#shared/standings/standing-store.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { createReadActivity } from './handler.ts';

const config = readConfig({
  identities: ENV.identitiesTable,
  standings: ENV.standingsTable,
  events: ENV.eventsTable,
});
const client = createDynamoClient();

export const handler = apiHandler(
  serve(ACTIVITY, {
    readActivity: createReadActivity({
      identities: createIdentityStore(client, config.identities),
      standings: createStandingStore(client, config.standings),
      events: createEventReader(client, config.events),
    }),
  }),
  createTelemetry('query-activity'),
);
