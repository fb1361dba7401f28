import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createRefreshContacts } from '#functions/refresh/worker/handler.ts';
import { createBulkClient, type Item } from '#shared/aws/dynamodb.ts';
import { budgetOf } from '#shared/aws/retry.ts';
import { createCompanyStore } from '#shared/companies/company-store.ts';
import { createContactStore } from '#shared/contacts/contact-store.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { toEventItem } from '#shared/events/event-item.ts';
import { createEventReader, createEventWriter } from '#shared/events/event-store.ts';
import { identityIdOf } from '#shared/identities/contact-id.ts';
import { createIdentityStore } from '#shared/identities/identity-store.ts';
import { createContactImporter } from '#shared/imports/contact-import.ts';
import { parseLossless } from '#shared/json/lossless-json.ts';
import { createLinkStore } from '#shared/linking/link-store.ts';
import { createLinker } from '#shared/linking/linker.ts';
import { createMerge } from '#shared/linking/merge.ts';
import { createComputeOf } from '#shared/refresh/compiled-definitions.ts';
import { CONTACTS_PER_MESSAGE } from '#shared/refresh/messages.ts';
import { createSegmentStore } from '#shared/segments/segment-store.ts';
import { createOutcomeStore } from '#shared/standings/outcome-store.ts';
import { createStandingStore } from '#shared/standings/standing-store.ts';
import type { Happening, Identify, Sent } from './people.ts';
import { stackDynamo, tableName } from './tables.ts';

/** The time for anything. */
const MS = 20_000;

const now = Date.now;

/** The names of the tables that people are stored in. */
export const peopleTables = () => ({
  events: tableName(OUTPUT.eventsTable),
  identities: tableName(OUTPUT.identitiesTable),
  contacts: tableName(OUTPUT.contactsTable),
  companies: tableName(OUTPUT.companiesTable),
  standings: tableName(OUTPUT.standingsTable),
  definitions: tableName(OUTPUT.definitionsTable),
  members: tableName(OUTPUT.membersTable),
});

/** The entry of a batch, as a transport passes it on. */
const entryOf = ({ names: { userId, ...names }, updatedAt, attributes }: Identify): unknown =>
  parseLossless(JSON.stringify({ ...names, externalId: userId, updatedAt, attributes }));

const bulkClient = (): DynamoDBClient => {
  // Sets the environment of clients.
  stackDynamo();
  return createBulkClient();
};

/** The code of the deployed functions that links, merges and refreshes contacts, in this process, on the stack's tables. */
export const newPeopleStage = (orgId: string, client: DynamoDBClient = bulkClient()) => {
  const tables = peopleTables();
  const links = createLinkStore(client, tables);
  const events = createEventWriter(client, tables.events);
  const importContacts = createContactImporter({
    link: createLinker(links),
    events,
    refresh: async () => {},
    receipts: { open: async () => {}, close: async () => {} },
    onImport: () => {},
    now,
  });
  const merge = createMerge(links);
  const refreshContacts = createRefreshContacts({
    identities: createIdentityStore(client, tables.identities),
    standings: createStandingStore(client, tables.standings),
    companies: createCompanyStore(client, tables.companies),
    contacts: createContactStore(client, tables.contacts),
    computeOf: createComputeOf(createSegmentStore(client, tables), now),
    events: createEventReader(client, tables.events),
    outcomes: createOutcomeStore(client, tables),
    jobs: { finish: async () => {}, fail: async () => {}, finishSome: async () => {} },
    isCancelled: async () => false,
    now,
    onRefreshed: () => {},
    onDueFailed: () => {},
    maxAttempts: 10,
  });

  const refresh = async (ids: readonly string[]): Promise<void> => {
    for (let at = 0; at < ids.length; at += CONTACTS_PER_MESSAGE) {
      await refreshContacts(
        { orgId, contactIds: ids.slice(at, at + CONTACTS_PER_MESSAGE), reason: 'live', consistent: true },
        { attempt: 1, sentAt: now(), budget: budgetOf(MS) },
      );
    }
  };

  const putEvents = async (sent: readonly Sent[]): Promise<void> => {
    const items = new Map<string, Item>();
    for (const { by, event } of sent) {
      const item = toEventItem(orgId, identityIdOf(orgId, by), event);
      items.set(`${item['pk']?.S} ${item['sk']?.S}`, item);
    }
    const left = await events.put([...items.values()], { budget: budgetOf(MS) });
    if (left.length > 0) throw new Error(`${left.length} events are not stored`);
  };

  return {
    refresh,

    /**
     * Delivers messages as one batch of contacts, then the events and the merges among them.
     * @param receivedAt - when they arrive, ms since 1970
     */
    async deliver(batch: readonly Happening[], receivedAt: number): Promise<void> {
      const identifies = batch.filter((each) => each.kind === 'identify');
      const sent = batch.filter((each) => each.kind === 'event');
      const merges = batch.filter((each) => each.kind === 'merge');
      if (identifies.length > 0) {
        const outcome = await importContacts({
          orgId,
          source: 'contacts',
          entries: identifies.map(entryOf),
          receivedAt,
          budget: { work: budgetOf(MS), closing: () => budgetOf(MS) },
        });
        if (outcome.kind !== 'completed' || outcome.imported !== identifies.length) {
          throw new Error(`The import is ${JSON.stringify(outcome)}`);
        }
      }
      if (sent.length > 0) await putEvents(sent);
      for (const { from, into } of merges) {
        await merge(orgId, identityIdOf(orgId, from), identityIdOf(orgId, into), {
          now: receivedAt,
          budget: budgetOf(MS),
        });
      }
    },
  };
};
