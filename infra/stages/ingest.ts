import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ENV } from '#shared/deployment/names.ts';
import { IMPORTED_KINDS } from '#shared/events/kinds.ts';
import { GATEWAY_TIMEOUT, NodeFunction, ONE_CPU_MB } from '../parts/node-function.ts';
import { grantTable } from '../parts/table-grants.ts';
import type { StageSettings } from '../stage-settings.ts';
import type { Api } from './api.ts';
import type { Data } from './data.ts';
import type { Refresh } from './refresh.ts';

/** Properties of {@link Ingest}. */
export interface IngestProps {
  readonly settings: StageSettings;
  readonly api: Api;
  readonly data: Data;
  readonly refresh: Refresh;
}

/**
 * A batch creates many small, short-lived objects, and V8 sizes its young generation by the machine's memory. This size saves a
 * tenth of an import's CPU and keeps an import at 200 MB (docs/performance.md).
 */
const YOUNG_GENERATION = { NODE_OPTIONS: '--max-semi-space-size=32' };

/** The construct id of a kind's import function, such as `LocationHistoryEvents`. */
const constructIdOf = (kind: string): string =>
  `${kind.replaceAll(/(?:^|-)(.)/g, (_, first: string) => first.toUpperCase())}Events`;

const grantReceipts = (fn: IGrantable, { imports }: Data): void =>
  grantTable(imports, fn, 'BatchWriteItem', 'UpdateItem');

/** The environment of functions that create, link and change contacts and store events. */
export const linkingEnvironment = (data: Data, refresh: Refresh): Record<string, string> => ({
  ...YOUNG_GENERATION,
  [ENV.identitiesTable]: data.identities.tableName,
  [ENV.contactsTable]: data.contacts.tableName,
  [ENV.standingsTable]: data.standings.tableName,
  [ENV.membersTable]: data.members.tableName,
  [ENV.eventsTable]: data.events.tableName,
  [ENV.importsTable]: data.imports.tableName,
  [ENV.liveQueueUrl]: refresh.queues.live.queue.queueUrl,
});

/** Grants what {@link linkingEnvironment} is for. */
export const grantLinking = (fn: IGrantable, data: Data, refresh: Refresh): void => {
  grantTable(data.identities, fn, 'BatchGetItem', 'PutItem');
  grantTable(data.contacts, fn, 'BatchGetItem', 'PutItem', 'DeleteItem');
  grantTable(data.standings, fn, 'BatchGetItem', 'PutItem', 'UpdateItem', 'DeleteItem');
  grantTable(data.members, fn, 'DeleteItem');
  grantTable(data.events, fn, 'BatchWriteItem');
  grantReceipts(fn, data);
  refresh.queues.live.queue.grantSendMessages(fn);
};

/**
 * The batch endpoints. Each has one function, which validates, looks up contacts, writes a receipt and stores the entries. The
 * function of contacts also merges them, which takes the same access.
 */
export class Ingest extends Construct {
  /** The import functions. */
  readonly functions: readonly NodeFunction[];

  constructor(scope: Construct, id: string, { settings, api, data, refresh }: IngestProps) {
    super(scope, id);
    const { events, identities, imports } = data;

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
      grantReceipts(fn, data);
      api.serve(fn);
      return fn;
    });

    const importContacts = new NodeFunction(this, 'Contacts', {
      settings,
      folder: 'ingest/contacts',
      memorySize: ONE_CPU_MB,
      timeout: GATEWAY_TIMEOUT,
      environment: linkingEnvironment(data, refresh),
    });
    grantLinking(importContacts, data, refresh);
    api.serve(importContacts);

    this.functions = [importContacts, ...eventImports];
  }
}
