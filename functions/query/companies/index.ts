import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { createCompanyStore } from '#shared/companies/company-store.ts';
import { createContactStore } from '#shared/contacts/contact-store.ts';
import { serve } from '#shared/contract/operation.ts';
import { COMPANIES } from '#shared/contract/operations/companies.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV } from '#shared/deployment/names.ts';
import { apiHandler } from '#shared/http/api.ts';
import { createIdentityStore } from '#shared/identities/identity-store.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { systemClock } from '#shared/time/clock.ts';
import { createReadCompanies } from './handler.ts';

const config = readConfig({
  companies: ENV.companiesTable,
  identities: ENV.identitiesTable,
  contacts: ENV.contactsTable,
});
const client = createDynamoClient();

export const handler = apiHandler(
  serve(
    COMPANIES,
    createReadCompanies({
      companies: createCompanyStore(client, config.companies),
      identities: createIdentityStore(client, config.identities),
      contacts: createContactStore(client, config.contacts),
      now: systemClock,
    }),
  ),
  createTelemetry('query-companies'),
);
