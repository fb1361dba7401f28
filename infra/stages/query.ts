import { Construct } from 'constructs';
import { ENV, INDEX } from '#shared/deployment/names.ts';
import { GATEWAY_TIMEOUT, NodeFunction, ONE_CPU_MB } from '../parts/node-function.ts';
import { grantIndexQuery, grantTable } from '../parts/table-grants.ts';
import type { StageSettings } from '../stage-settings.ts';
import type { Api } from './api.ts';
import type { Data } from './data.ts';

/** Properties of {@link Query}. */
export interface QueryProps {
  readonly settings: StageSettings;
  readonly api: Api;
  readonly data: Data;
}

/** The read endpoints. They read stored and computed items by key and never scan a table. */
export class Query extends Construct {
  constructor(scope: Construct, id: string, { settings, api, data }: QueryProps) {
    super(scope, id);

    const contacts = new NodeFunction(this, 'Contacts', {
      settings,
      folder: 'query/contacts',
      environment: {
        [ENV.identitiesTable]: data.identities.tableName,
        [ENV.contactsTable]: data.contacts.tableName,
        [ENV.companiesTable]: data.companies.tableName,
        [ENV.standingsTable]: data.standings.tableName,
        [ENV.definitionsTable]: data.definitions.tableName,
        [ENV.membersTable]: data.members.tableName,
      },
    });
    grantTable(data.contacts, contacts, 'GetItem', 'BatchGetItem');
    grantTable(data.companies, contacts, 'BatchGetItem');
    grantTable(data.identities, contacts, 'BatchGetItem', 'Query');
    grantTable(data.standings, contacts, 'GetItem', 'BatchGetItem');
    grantIndexQuery(data.standings, INDEX.standingsByRank, contacts);
    grantTable(data.definitions, contacts, 'Query');
    api.serve(contacts);

    const companies = new NodeFunction(this, 'Companies', {
      settings,
      folder: 'query/companies',
      environment: {
        [ENV.companiesTable]: data.companies.tableName,
        [ENV.identitiesTable]: data.identities.tableName,
        [ENV.contactsTable]: data.contacts.tableName,
      },
    });
    grantTable(data.companies, companies, 'GetItem', 'Query');
    grantTable(data.identities, companies, 'BatchGetItem');
    grantTable(data.contacts, companies, 'BatchGetItem');
    api.serve(companies);

    const activity = new NodeFunction(this, 'Activity', {
      settings,
      folder: 'query/activity',
      environment: {
        [ENV.identitiesTable]: data.identities.tableName,
        [ENV.standingsTable]: data.standings.tableName,
        [ENV.eventsTable]: data.events.tableName,
      },
    });
    grantTable(data.identities, activity, 'BatchGetItem');
    grantTable(data.standings, activity, 'GetItem');
    grantTable(data.events, activity, 'Query');
    api.serve(activity);

    const refreshes = new NodeFunction(this, 'Refreshes', {
      settings,
      folder: 'query/refreshes',
      environment: { [ENV.jobsTable]: data.jobs.tableName },
    });
    grantTable(data.jobs, refreshes, 'Query');
    api.serve(refreshes);

    const imports = new NodeFunction(this, 'Imports', {
      settings,
      folder: 'query/imports',
      environment: { [ENV.importsTable]: data.imports.tableName },
    });
    grantTable(data.imports, imports, 'BatchGetItem', 'Query');
    api.serve(imports);

    const analytics = new NodeFunction(this, 'Analytics', {
      settings,
      folder: 'query/analytics',
      timeout: GATEWAY_TIMEOUT,
      memorySize: ONE_CPU_MB,
      environment: { [ENV.rollupsTable]: data.rollups.tableName },
    });
    grantTable(data.rollups, analytics, 'BatchGetItem', 'GetItem', 'Query');
    api.serve(analytics);
  }
}
