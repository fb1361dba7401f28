import { Construct } from 'constructs';
import { ENV, INDEX } from '#shared/deployment/names.ts';
import { NodeFunction } from '../parts/node-function.ts';
import { grantIndexQuery, grantTable } from '../parts/table-grants.ts';
import type { StageSettings } from '../stage-settings.ts';
import type { Api } from './api.ts';
import type { Data } from './data.ts';

/** What reading needs. */
export interface QueryProps {
  readonly settings: StageSettings;
  readonly api: Api;
  readonly data: Data;
}

/** The reads: of what was stored and computed, never a scan. */
export class Query extends Construct {
  constructor(scope: Construct, id: string, { settings, api, data }: QueryProps) {
    super(scope, id);

    const contacts = new NodeFunction(this, 'Contacts', {
      settings,
      folder: 'query/contacts',
      environment: {
        [ENV.identitiesTable]: data.identities.tableName,
        [ENV.contactsTable]: data.contacts.tableName,
        [ENV.standingsTable]: data.standings.tableName,
        [ENV.definitionsTable]: data.definitions.tableName,
        [ENV.membersTable]: data.members.tableName,
      },
    });
    grantTable(data.contacts, contacts, 'GetItem', 'BatchGetItem');
    grantTable(data.identities, contacts, 'Query');
    grantTable(data.standings, contacts, 'GetItem', 'BatchGetItem');
    grantIndexQuery(data.standings, INDEX.standingsByRank, contacts);
    grantTable(data.definitions, contacts, 'Query');
    api.addRoute('GET', '/v1/contacts', contacts);
    api.addRoute('GET', '/v1/contacts/{contactId}', contacts);

    const activity = new NodeFunction(this, 'Activity', {
      settings,
      folder: 'query/activity',
      environment: {
        [ENV.identitiesTable]: data.identities.tableName,
        [ENV.eventsTable]: data.events.tableName,
      },
    });
    grantTable(data.identities, activity, 'BatchGetItem');
    grantTable(data.events, activity, 'Query');
    api.addRoute('GET', '/v1/contacts/{contactId}/activity', activity);

    const refreshes = new NodeFunction(this, 'Refreshes', {
      settings,
      folder: 'query/refreshes',
      environment: { [ENV.refreshesTable]: data.refreshes.tableName },
    });
    grantTable(data.refreshes, refreshes, 'GetItem', 'Query', 'UpdateItem');
    api.addRoute('GET', '/v1/contacts/backfill/refresh/{refreshId}', refreshes);

    const imports = new NodeFunction(this, 'Imports', {
      settings,
      folder: 'query/imports',
      environment: { [ENV.importsTable]: data.imports.tableName },
    });
    grantTable(data.imports, imports, 'GetItem', 'Query');
    api.addRoute('GET', '/v1/imports', imports);
    api.addRoute('GET', '/v1/imports/{importId}', imports);

    const openapi = new NodeFunction(this, 'OpenApi', { settings, folder: 'query/openapi' });
    api.addPublicRoute('/v1/openapi.json', openapi);
  }
}
