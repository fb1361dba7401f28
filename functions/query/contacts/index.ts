import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { createCompanyStore } from '#shared/companies/company-store.ts';
import { createContactStore } from '#shared/contacts/contact-store.ts';
import { serve } from '#shared/contract/operation.ts';
import { CONTACTS } from '#shared/contract/operations/contacts.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV } from '#shared/deployment/names.ts';
import { apiHandler } from '#shared/http/api.ts';
import { createIdentityStore } from '#shared/identities/identity-store.ts';
import { createSegmentStore } from '#shared/segments/segment-store.ts';
import { createStandingStore } from '#shared/standings/standing-store.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { systemClock } from '#shared/time/clock.ts';
import { createReadContacts } from './handler.ts';

const config = readConfig({
  identities: ENV.identitiesTable,
  contacts: ENV.contactsTable,
  companies: ENV.companiesTable,
  standings: ENV.standingsTable,
  definitions: ENV.definitionsTable,
  members: ENV.membersTable,
});
const client = createDynamoClient();

export const handler = apiHandler(
  serve(
    CONTACTS,
    createReadContacts({
      identities: createIdentityStore(client, config.identities),
      contacts: createContactStore(client, config.contacts),
      companies: createCompanyStore(client, config.companies),
      standings: createStandingStore(client, config.standings),
      segments: createSegmentStore(client, config),
      now: systemClock,
    }),
  ),
  createTelemetry('query-contacts'),
);
