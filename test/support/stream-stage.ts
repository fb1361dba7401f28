import { randomUUID } from 'node:crypto';
import { createCollect } from '#functions/clients/collect/handler.ts';
import { importerOf } from '#functions/clients/importer.ts';
import { createBulkClient } from '#shared/aws/dynamodb.ts';
import { budgetOf } from '#shared/aws/retry.ts';
import { createSqsClient } from '#shared/aws/sqs.ts';
import type { Accepted } from '#shared/clients/accepted.ts';
import { createCompanyStore } from '#shared/companies/company-store.ts';
import { contactOf } from '#shared/contacts/contact-item.ts';
import { textsOf } from '#shared/contacts/timed.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import type { StoredEvent } from '#shared/events/event-item.ts';
import { createEventReader } from '#shared/events/event-store.ts';
import { identityIdOf } from '#shared/identities/contact-id.ts';
import type { Identity } from '#shared/identities/identity.ts';
import { openAtMostMs, type Receipt } from '#shared/imports/receipt.ts';
import { createReceiptStore } from '#shared/imports/receipt-store.ts';
import { createLinkStore } from '#shared/linking/link-store.ts';
import { createSegmentStore } from '#shared/segments/segment-store.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { nameOf } from './people.ts';
import { peopleTables } from './people-stage.ts';
import { aSegment } from './refresh-world.ts';
import { stackDynamo, tableName } from './tables.ts';

/** The time for a delivery, in ms; five seconds of it are for closing receipts. */
const MS = 25_000;

/** The number of events that a test stores at most. */
const EVENTS = 200;

/** An organisation without a key, one of whose segments depends on companies. */
export const newOrgId = async (): Promise<string> => {
  const orgId = `o_${randomUUID().replaceAll('-', '')}`;
  const rule = { company: { name: 'plan', equals: 'enterprise' } } as const;
  await createSegmentStore(stackDynamo(), peopleTables()).create(orgId, aSegment({ rule }));
  return orgId;
};

/** Clients of tables and queues, as the deployed function has them. */
export type StreamClients = Pick<Parameters<typeof importerOf>[0], 'client' | 'sqs'>;

/** Clients of the stack's tables and queues. */
export const streamClients = (): StreamClients => {
  // Sets the environment of clients.
  stackDynamo();
  return { client: createBulkClient(), sqs: createSqsClient() };
};

const configOf = () => ({
  ...peopleTables(),
  imports: tableName(OUTPUT.importsTable),
  jobs: tableName(OUTPUT.jobsTable),
  liveQueue: tableName(OUTPUT.liveQueueUrl),
  planQueue: tableName(OUTPUT.planQueueUrl),
});

/** Telemetry that says nothing. */
const silence = () => {
  process.env['POWERTOOLS_METRICS_DISABLED'] = 'true';
  const telemetry = createTelemetry('clients-collect');
  telemetry.logger.setLogLevel('SILENT');
  return telemetry;
};

/** How records are delivered. */
interface DeliveryOptions {
  /** 1 for the first receive. @default 1 */
  readonly attempt?: number;
  /** @default {@link MS} */
  readonly ms?: number;
}

/** A process of the function that collects messages: its code in this process, on the stack's tables. */
export const newCollector = ({ client, sqs }: StreamClients = streamClients()) => {
  const config = configOf();
  const now = Date.now;
  const importMessages = importerOf({ client, sqs, telemetry: silence(), config, now });
  const collect = createCollect({ importMessages, now, onStored: () => {} });
  return {
    /** Delivers records as one batch. @returns for each record why it failed; undefined for one that is stored */
    async deliver(
      records: readonly Accepted[],
      { attempt = 1, ms = MS }: DeliveryOptions = {},
    ): Promise<unknown[]> {
      const budget = budgetOf(ms);
      const results = await Promise.allSettled(
        records.map((record) => collect(record, { attempt, sentAt: record.receivedAt, budget })),
      );
      return results.map((result) => (result.status === 'rejected' ? result.reason : undefined));
    },
  };
};

/** What there may be in the end: people by all of their names, and companies by their ids. */
export interface Cast {
  readonly identities: readonly Identity[];
  readonly groupIds: readonly string[];
}

const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

/**
 * What is stored in the end, without anything that depends on the organisation, on the moment, or on which of its ids a contact is
 * shown by.
 */
export const endOf = async (orgId: string, { identities, groupIds }: Cast) => {
  const { client } = streamClients();
  const tables = configOf();
  const options = { budget: budgetOf(MS) };
  const nameOfId = new Map(identities.map((each) => [identityIdOf(orgId, each), nameOf(each)]));
  const directory = await createLinkStore(client, tables).read(orgId, [...nameOfId.keys()], options);
  const states = new Map(
    [...nameOfId.keys()].flatMap((id) => {
      const state = directory.ownerOf(id);
      return state === undefined ? [] : [[state.contactId, state]];
    }),
  );
  const contacts = [...states.values()].map((state) => {
    const { email, externalId, attributes, companies, createdAt } = contactOf(state);
    return {
      names: [...state.identities.keys()].map((id) => nameOfId.get(id) ?? id).toSorted(),
      email,
      externalId,
      attributes: Object.fromEntries(attributes),
      companies: companies.toSorted(),
      devices: [...textsOf(state.devices)].toSorted(byText),
      createdAt: state.fields.has('createdAt') ? createdAt : undefined,
    };
  });

  const reader = createEventReader(client, tables.events);
  const events: StoredEvent[] = [];
  for await (const page of reader.history(orgId, [...nameOfId.keys()], { consistent: true }))
    events.push(...page);
  const store = createCompanyStore(client, tables.companies);
  const companies = await Promise.all(
    (await store.getMany(orgId, groupIds, options)).map(async ({ groupId, traits }) => {
      const { items } = await store.members(orgId, groupId, EVENTS, [0, null]);
      const members = items.map((id) => nameOfId.get(id) ?? id).toSorted();
      return { groupId, traits: [...traits], members };
    }),
  );
  return {
    contacts: contacts.toSorted(byText),
    events: events
      .map(({ contactId, kind, type, occurredAt, eventId, metadata }) => ({
        of: nameOfId.get(contactId),
        kind,
        type,
        occurredAt,
        eventId,
        metadata,
      }))
      .toSorted(byText),
    companies: companies.toSorted(byText),
  };
};

/** The receipts of an organisation's collected messages, as they are shown when none can be running any more. */
export const receiptsOf = async (orgId: string): Promise<readonly Receipt[]> => {
  const later = () => Date.now() + openAtMostMs('stream') + 1_000;
  const store = createReceiptStore(stackDynamo(), tableName(OUTPUT.importsTable), later);
  return (await store.list(orgId, ['stream'], EVENTS)).items;
};
