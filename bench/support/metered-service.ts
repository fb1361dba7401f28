import { createContactsEndpoint } from '#functions/ingest/contacts/handler.ts';
import { createEventsEndpoint } from '#functions/ingest/events/handler.ts';
import { createRefreshContacts } from '#functions/refresh/worker/handler.ts';
import { budgetOf } from '#shared/aws/retry.ts';
import { translateSegment } from '#shared/clients/segment/translate.ts';
import { createCompanyStore } from '#shared/companies/company-store.ts';
import { createContactStore } from '#shared/contacts/contact-store.ts';
import { CONTACTS, eventImport } from '#shared/contract/import-shapes.ts';
import { MAX_RECEIVES, OUTPUT } from '#shared/deployment/names.ts';
import { createEventReader, createEventWriter } from '#shared/events/event-store.ts';
import type { ApiOperation } from '#shared/http/api.ts';
import { createIdentityStore } from '#shared/identities/identity-store.ts';
import { createArrivalStore } from '#shared/imports/arrival-store.ts';
import { createContactImporter } from '#shared/imports/contact-import.ts';
import { createEventImporter } from '#shared/imports/event-import.ts';
import { createMessageImporter } from '#shared/imports/message-import.ts';
import { createReceiptStore } from '#shared/imports/receipt-store.ts';
import type { JobCounter } from '#shared/jobs/counter.ts';
import { createLinkStore } from '#shared/linking/link-store.ts';
import { createLinker } from '#shared/linking/linker.ts';
import { createMerge } from '#shared/linking/merge.ts';
import { createComputeOf } from '#shared/refresh/compiled-definitions.ts';
import { CONTACTS_PER_MESSAGE } from '#shared/refresh/messages.ts';
import { createSegmentStore } from '#shared/segments/segment-store.ts';
import { createOutcomeStore } from '#shared/standings/outcome-store.ts';
import { createStandingStore } from '#shared/standings/standing-store.ts';
import { systemClock as now } from '#shared/time/clock.ts';
import { chunksOf } from './bare-writes.ts';
import { bodyOf, type Endpoint } from './importing.ts';
import { createMeteredClient } from './metered.ts';
import type { World } from './world.ts';

/** The time for a message, as in the deployed worker. */
const MESSAGE_MS = 240_000;

/** The time for a merge, as in the deployed function. */
const MERGE_MS = 20_000;

/** Refreshes of the benchmark do not belong to a job. */
const NO_JOBS: JobCounter = { finish: async () => {}, fail: async () => {}, finishSome: async () => {} };

/** The physical names of the tables, by their content. */
const tablesOf = ({ stack: { outputs } }: Pick<World, 'stack'>) => {
  const name = (output: string): string => outputs[output] as string;
  return {
    events: name(OUTPUT.eventsTable),
    identities: name(OUTPUT.identitiesTable),
    contacts: name(OUTPUT.contactsTable),
    companies: name(OUTPUT.companiesTable),
    standings: name(OUTPUT.standingsTable),
    imports: name(OUTPUT.importsTable),
    definitions: name(OUTPUT.definitionsTable),
    members: name(OUTPUT.membersTable),
  };
};

const send = async (
  operation: ApiOperation,
  orgId: string,
  endpoint: Endpoint,
  entries: readonly object[],
): Promise<void> => {
  const { body } = await operation({
    orgId,
    requestId: 'bench',
    method: 'POST',
    route: `/v1/${endpoint.endpoint}/batch`,
    path: `/v1/${endpoint.endpoint}/batch`,
    headers: {},
    pathParameters: {},
    query: {},
    contentType: 'application/json',
    body: bodyOf(endpoint, entries),
    isBodyIntact: true,
  });
  const { imported } = body as { readonly imported: number };
  if (imported !== entries.length) throw new Error(`Imported ${imported} of ${entries.length}`);
};

/** Creates the operations of the deployed functions in this process, where the cost of their DynamoDB calls is metered. */
export const createMeteredService = (world: Pick<World, 'stack'>) => {
  let written = 0;
  const { client, metered } = createMeteredClient((actions) => {
    written += actions.length;
  });
  const tables = tablesOf(world);
  const identities = createIdentityStore(client, tables.identities);
  const contacts = createContactStore(client, tables.contacts);
  const companies = createCompanyStore(client, tables.companies);
  const standings = createStandingStore(client, tables.standings);
  const receipts = createReceiptStore(client, tables.imports, now);
  const events = createEventWriter(client, tables.events);
  const reporting = { onImport: () => {}, now };
  const importEvents = createEventImporter({ contacts: identities, events, receipts, ...reporting });
  const links = createLinkStore(client, tables);
  const mergeContacts = createMerge(links);
  const importContacts = createContactImporter({
    link: createLinker(links),
    events,
    refresh: async () => {},
    receipts,
    ...reporting,
  });
  const importMessages = createMessageImporter({
    identities,
    link: createLinker(links),
    merge: mergeContacts,
    companies,
    events,
    refresh: async () => {},
    refreshCompanies: async () => {},
    receipts,
    arrivals: createArrivalStore(client, tables.imports),
    ...reporting,
  });
  const eventsEndpoint = createEventsEndpoint({ importEvents, now }, eventImport('email'));
  const contactsEndpoint = createContactsEndpoint({ importContacts, now }, CONTACTS);
  const refreshContacts = createRefreshContacts({
    identities,
    standings,
    contacts,
    companies,
    computeOf: createComputeOf(createSegmentStore(client, tables), now),
    events: createEventReader(client, tables.events),
    outcomes: createOutcomeStore(client, tables),
    jobs: NO_JOBS,
    isCancelled: async () => false,
    now,
    onRefreshed: () => {},
    onDueFailed: () => {},
    maxAttempts: MAX_RECEIVES,
  });
  return {
    tables,
    metered,
    /** The number of items that all transactions so far have written. */
    itemsInTransactions: () => written,
    importEvents: (orgId: string, entries: readonly object[]) =>
      send(eventsEndpoint, orgId, eventImport('email'), entries),
    importContacts: (orgId: string, entries: readonly object[]) =>
      send(contactsEndpoint, orgId, CONTACTS, entries),
    /** Imports messages as the collector does those that it receives together. */
    collect: async (orgId: string, messages: readonly object[]): Promise<void> => {
      const work = budgetOf(MESSAGE_MS);
      const receivedAt = now();
      const { kind } = await importMessages({
        orgId,
        source: 'stream',
        translations: messages.map((message) => translateSegment(message, { receivedAt })),
        receivedAt,
        budget: { work, closing: () => work },
      });
      if (kind !== 'completed') throw new Error(`Messages were not imported: ${kind}`);
    },
    /** Makes two contacts one, without the refresh that follows. */
    merge: async (orgId: string, from: string, into: string): Promise<void> => {
      const { kind } = await mergeContacts(orgId, from, into, { now: now(), budget: budgetOf(MERGE_MS) });
      if (kind !== 'one') throw new Error(`Two contacts were not merged: ${kind}`);
    },
    /** Refreshes contacts without a job, so progress is not counted. */
    refresh: async (orgId: string, all: readonly string[]): Promise<void> => {
      for (const contactIds of chunksOf(all, CONTACTS_PER_MESSAGE)) {
        await refreshContacts(
          { orgId, contactIds, reason: 'job', consistent: false },
          { attempt: 1, sentAt: now(), budget: budgetOf(MESSAGE_MS) },
        );
      }
    },
  };
};

/** See {@link createMeteredService}. */
export type MeteredService = ReturnType<typeof createMeteredService>;
