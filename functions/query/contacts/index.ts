import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { createContactStore } from '#shared/contacts/contact-store.ts';
import { apiHandler } from '#shared/runtime/api.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { ENV } from '#shared/runtime/names.ts';
import { createTelemetry } from '#shared/runtime/powertools.ts';
import { createSegmentStore } from '#shared/segments/segment-store.ts';
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
