import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ENV } from '#shared/deployment/names.ts';
import { IMPORTED_KINDS } from '#shared/events/kinds.ts';
import { GATEWAY_TIMEOUT, NodeFunction, ONE_CPU_MB } from '../parts/node-function.ts';
import { grantTable } from '../parts/table-grants.ts';
import type { StageSettings } from '../stage-settings.ts';
import type { Api } from './api.ts';
import type { Data } from './data.ts';

/** Properties of {@link Ingest}. */
export interface IngestProps {
  readonly settings: StageSettings;
  readonly api: Api;
  readonly data: Data;
}

/**
 * A batch creates many small, short-lived objects, and V8 sizes its young generation by the machine's memory. This size saves a
 * tenth of an import's CPU and keeps an import at 200 MB (docs/performance.md).
 */
const YOUNG_GENERATION = { NODE_OPTIONS: '--max-semi-space-size=32' };

/** The construct id of a kind's import function, such as `LocationHistoryEvents`. */
const constructIdOf = (kind: string): string =>
  `${kind.replaceAll(/(?:^|-)(.)/g, (_, first: string) => first.toUpperCase())}Events`;

/** The batch endpoints. Each has one function, which validates, looks up contacts, writes a receipt and stores the entries. */
export class Ingest extends Construct {
  /** The import functions. */
  readonly functions: readonly NodeFunction[];

  constructor(scope: Construct, id: string, { settings, api, data }: IngestProps) {
    super(scope, id);
    const { events, identities, contacts, standings, imports } = data;
    const grantReceipts = (fn: IGrantable) => grantTable(imports, fn, 'BatchWriteItem', 'UpdateItem');

    const eventImports = IMPORTED_KINDS.map((kind) => {
      const fn = new NodeFunction(this, constructIdOf(kind), {
        settings,
        folder: 'ingest/events',
        role: kind,
        memorySize: ONE_CPU_MB,
        timeout: GATEWAY_TIMEOUT,
        environment: {
          ...YOUNG_GENERATION,
          [ENV.eventKind]: kind,
          [ENV.eventsTable]: events.tableName,
          [ENV.identitiesTable]: identities.tableName,
          [ENV.importsTable]: imports.tableName,
        },
      });
      grantTable(identities, fn, 'BatchGetItem');
      grantTable(events, fn, 'BatchWriteItem');
      grantReceipts(fn);
      api.serve(fn);
      return fn;
    });

    const importContacts = new NodeFunction(this, 'Contacts', {
      settings,
      folder: 'ingest/contacts',
      memorySize: ONE_CPU_MB,
      timeout: GATEWAY_TIMEOUT,
      environment: {
        ...YOUNG_GENERATION,
        [ENV.identitiesTable]: identities.tableName,
        [ENV.contactsTable]: contacts.tableName,
        [ENV.standingsTable]: standings.tableName,
        [ENV.importsTable]: imports.tableName,
      },
    });
    grantTable(identities, importContacts, 'BatchGetItem', 'BatchWriteItem');
    grantTable(contacts, importContacts, 'BatchGetItem', 'PartiQLInsert', 'UpdateItem');
    grantTable(standings, importContacts, 'PartiQLInsert');
    grantReceipts(importContacts);
    api.serve(importContacts);

    this.functions = [importContacts, ...eventImports];
  }
}
