import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { createContactStore } from '#shared/contacts/contact-store.ts';
import { apiHandler } from '#shared/runtime/api.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { ENV } from '#shared/runtime/names.ts';
import { createTelemetry } from '#shared/runtime/powertools.ts';
import { createReadContact } from './handler.ts';

const { contactsTable } = readConfig({ contactsTable: ENV.contactsTable });

export const handler = apiHandler(
  createReadContact({ contacts: createContactStore(createDynamoClient(), contactsTable) }),
  createTelemetry('query-contacts'),
);
