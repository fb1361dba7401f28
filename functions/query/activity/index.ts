import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { createContactStore } from '#shared/contacts/contact-store.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV } from '#shared/deployment/names.ts';
import { createEventReader } from '#shared/events/event-store.ts';
import { apiHandler } from '#shared/http/api.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { createReadActivity } from './handler.ts';

const { contacts, events } = readConfig({ contacts: ENV.contactsTable, events: ENV.eventsTable });
const client = createDynamoClient();

export const handler = apiHandler(
  createReadActivity({
    contacts: createContactStore(client, contacts),
    events: createEventReader(client, events),
  }),
  createTelemetry('query-activity'),
);
