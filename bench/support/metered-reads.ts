import { createReadActivity } from '#functions/query/activity/handler.ts';
import { createReadAnalytics } from '#functions/query/analytics/handler.ts';
import { createReadContacts } from '#functions/query/contacts/handler.ts';
import { createNameRowsStore } from '#shared/analytics/name-rows-store.ts';
import { createNameSampler } from '#shared/analytics/name-sample-store.ts';
import { createRollupStore } from '#shared/analytics/rollup-store.ts';
import { budgetOf } from '#shared/aws/retry.ts';
import { createCompanyStore } from '#shared/companies/company-store.ts';
import { createContactStore } from '#shared/contacts/contact-store.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { createEventReader } from '#shared/events/event-store.ts';
import type { ApiOperation, ApiRequest } from '#shared/http/api.ts';
import { createIdentityStore } from '#shared/identities/identity-store.ts';
import { createSegmentStore } from '#shared/segments/segment-store.ts';
import { createStandingStore } from '#shared/standings/standing-store.ts';
import { createMeteredClient, READS, unitsOf } from './metered.ts';
import type { World } from './world.ts';

/** The functions that read. */
type ReadFunction = 'contacts' | 'activity' | 'analytics';

/** A request of one of them, without the fields that all requests share. */
export interface MeteredRead {
  readonly name: ReadFunction;
  readonly request: Pick<ApiRequest, 'orgId' | 'pathParameters' | 'query'>;
}

/** The cost of a read. */
export interface ReadCost {
  /** The number of DynamoDB calls. */
  readonly calls: number;
  readonly readUnits: number;
}

/** The time limit for reading a chart, in ms. */
const READ_MS = 20_000;

/** Measures the cost of a read: its function's code runs in this process, and its calls are counted. */
export const meterRead = async (
  { stack: { outputs } }: Pick<World, 'stack'>,
  { name, request }: MeteredRead,
): Promise<ReadCost> => {
  const { client, metered } = createMeteredClient();
  const tableOf = (output: keyof typeof OUTPUT): string => outputs[OUTPUT[output]] as string;
  const identities = createIdentityStore(client, tableOf('identitiesTable'));
  const contacts = createContactStore(client, tableOf('contactsTable'));
  const companies = createCompanyStore(client, tableOf('companiesTable'));
  const standings = createStandingStore(client, tableOf('standingsTable'));
  const definitions = tableOf('definitionsTable');
  const segments = createSegmentStore(client, { definitions, members: tableOf('membersTable') });
  const events = createEventReader(client, tableOf('eventsTable'));
  const rollups = createRollupStore(client, tableOf('rollupsTable'));
  const operations: Record<ReadFunction, ApiOperation> = {
    contacts: createReadContacts({ identities, contacts, companies, standings, segments, now: Date.now })
      .readContact,
    activity: createReadActivity({ identities, standings, events }),
    analytics: createReadAnalytics({
      rollups,
      nameRows: createNameRowsStore(client, tableOf('rollupsTable')),
      samples: createNameSampler(client, tableOf('rollupsTable')),
      budget: () => budgetOf(READ_MS),
    }),
  };
  const consumed = await metered(() =>
    operations[name]({
      requestId: 'bench',
      method: 'GET',
      route: '',
      path: '',
      headers: {},
      contentType: undefined,
      body: '',
      isBodyIntact: true,
      ...request,
    }),
  );
  return { calls: consumed.length, readUnits: unitsOf(consumed, READS) };
};
