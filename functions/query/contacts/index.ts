import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { createContactStore } from '#shared/contacts/contact-store.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV } from '#shared/deployment/names.ts';
import { apiHandler } from '#shared/http/api.ts';
import { createSegmentStore } from '#shared/segments/segment-store.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { systemClock } from '#shared/time/clock.ts';
import { createReadContacts } from './handler.ts';

const config = readConfig({
  contacts: ENV.contactsTable,
  definitions: ENV.definitionsTable,
  members: ENV.membersTable,
});
const client = createDynamoClient();

export const handler = apiHandler(
  createReadContacts({
    contacts: createContactStore(client, config.contacts),
    segments: createSegmentStore(client, config),
    now: systemClock,
  }),
  createTelemetry('query-contacts'),
);
