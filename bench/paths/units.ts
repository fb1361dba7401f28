import { type Item, itemBytes } from '#shared/aws/dynamodb.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import { contactEntries } from '../support/contacts.ts';
import { eventBatches, itemMaker } from '../support/events.ts';
import { type Figure, figureOf } from '../support/figures.ts';
import { createPeople, itemOfMessage, trackMessage } from '../support/messages.ts';
import { READS, unitsOf, WRITES } from '../support/metered.ts';
import { createMeteredService, type MeteredService } from '../support/metered-service.ts';
import { createHistories } from '../support/refreshing.ts';
import { emailOf, type World } from '../support/world.ts';

const WRITE = 'write units';
const READ = 'read units';

const SIZED_EVENTS = 100;

/** Events whose items have exactly this many bytes. */
const eventsOfSize = (orgId: string, bytes: number): Record<string, unknown>[] => {
  const entries = eventBatches(orgId, { kind: 'email', contacts: 1 }, bytes * SIZED_EVENTS).entries(
    SIZED_EVENTS,
  );
  const itemOf = itemMaker(orgId, 'email');
  return entries.map((entry) => {
    const padded = (padding: string) => ({ ...entry, metadata: { padding } });
    return padded('x'.repeat(bytes - itemBytes(itemOf(padded('')))));
  });
};

const SIZES: readonly (readonly [name: string, bytes: number])[] = [
  ['exactly 1 KB', 1_024],
  ['1 KB and a byte', 1_025],
  ['3.5 KB', 3_584],
];

const measureSizes = async (service: MeteredService, orgId: string): Promise<Figure[]> => {
  const figures: Figure[] = [];
  for (const [name, bytes] of SIZES) {
    const entries = eventsOfSize(orgId, bytes);
    const consumed = await service.metered(() => service.importEvents(orgId, entries));
    const units = unitsOf(consumed, ['BatchWriteItem'], service.tables.events) / SIZED_EVENTS;
    const due = Math.ceil(bytes / 1_024);
    if (units < due) throw new Error(`Events of ${name} cost ${units}: they were not all counted`);
    figures.push(figureOf(`units: an event of ${name} as stored`, WRITE, [units], due));
  }
  return figures;
};

const EVENTS = 10_000;
const CONTACTS = 2_000;

/** The write units of a receipt: its item, the list of contacts (12 bytes each, plus the key), the mark, and the completion of both. */
const RECEIPT_UNITS = 1 + Math.ceil((CONTACTS * 12 + 100) / 1_024) + 1 + 2;

const measureImport = async (service: MeteredService, orgId: string): Promise<Figure[]> => {
  const entries = eventBatches(orgId, { kind: 'email', contacts: CONTACTS }).entries(EVENTS);
  const consumed = await service.metered(() => service.importEvents(orgId, entries));
  const receipt =
    unitsOf(consumed, ['BatchWriteItem'], service.tables.imports) + unitsOf(consumed, ['UpdateItem']);
  const all = unitsOf(consumed, ['BatchWriteItem']) + unitsOf(consumed, ['UpdateItem']);
  const lookUps = unitsOf(consumed, ['BatchGetItem'], service.tables.identities);
  const path = 'units: an import of 10,000 email events of 2,000 contacts';
  return [
    figureOf(path, `${WRITE} an event, receipt included`, [all / EVENTS], 1 + RECEIPT_UNITS / EVENTS),
    figureOf(path, `${WRITE} of the receipt`, [receipt], RECEIPT_UNITS),
    figureOf(path, `${READ} of a contact's look-up`, [lookUps / CONTACTS], 1),
  ];
};

/** Messages of a second, each of another person: they are collected into one import. */
const COLLECTED = 100;

const KB = 1_024;

/** A message whose event has exactly this size as it is stored. */
const messageOfSize = (orgId: string, nth: number, bytes: number): object => {
  const padded = (padding: string) => trackMessage(nth, COLLECTED, { padding });
  return padded('x'.repeat(bytes - itemBytes(itemOfMessage(orgId, padded('')))));
};

const measureMessages = async (service: MeteredService, world: World): Promise<Figure[]> => {
  const caller = await world.organisation('units-messages');
  await createPeople(caller, COLLECTED);
  const messages = Array.from({ length: COLLECTED }, (_, nth) => messageOfSize(caller.orgId, nth, KB));
  const consumed = await service.metered(() => service.collect(caller.orgId, messages));
  const path = `units: ${COLLECTED} messages of 1 KB of existing contacts, collected together`;
  const per = (operations: readonly string[]): number[] => [unitsOf(consumed, operations) / COLLECTED];
  return [
    figureOf(path, `${WRITE} an event, receipt included`, per(WRITES), 1.1),
    figureOf(path, `${READ} an event`, per(READS), 1),
  ];
};

/** The units of an item of up to 1 KB in a transaction, which is what makes all items of a contact change together. */
const IN_TRANSACTION = 2;

/** A change of contacts: what it costs at most. */
interface Change {
  readonly name: string;
  /** Items written. */
  readonly items: number;
  /** Rows of the indexes `byRank` and `byDue`, of one unit each: indexes are not part of the transaction. */
  readonly indexRows: number;
  readonly readUnits: number;
}

/** The contact, its identity, and its standing with its rank; look-ups of the contact and of the identity, which do not exist. */
const CREATION: Change = { name: 'a contact created', items: 3, indexRows: 1, readUnits: 2 };

/** The contact, which is read by the id of its identity. */
const CHANGE: Change = { name: 'a contact changed', items: 1, indexRows: 0, readUnits: 1 };

/**
 * The contact, its standing, the new identity, and the first one, which is not the only one any more; a read of the contact,
 * and look-ups of a contact with the id of the new identity and of the identity itself.
 */
const LINK: Change = { name: 'a second identity linked', items: 4, indexRows: 0, readUnits: 3 };

/**
 * Both contacts, both identities, and both standings; the rank of the one that goes, and the due time of the one that stays.
 * Reads of both contacts and of the standing that goes.
 */
const MERGE: Change = {
  name: 'a merge of two contacts without events',
  items: 6,
  indexRows: 2,
  readUnits: 3,
};

/** What a change of contacts cost. */
interface Cost {
  readonly items: number;
  readonly writeUnits: number;
  readonly readUnits: number;
}

/** Receipts are not counted: they are not written in transactions. */
const costOf = async (service: MeteredService, work: () => Promise<unknown>): Promise<Cost> => {
  const before = service.itemsInTransactions();
  const consumed = await service.metered(work);
  return {
    items: service.itemsInTransactions() - before,
    writeUnits: unitsOf(consumed, ['TransactWriteItems']),
    readUnits: unitsOf(consumed, ['BatchGetItem']),
  };
};

const figuresOfChange = (change: Change, cost: Cost, contacts = 1): Figure[] => {
  const path = `units: ${change.name}`;
  return [
    figureOf(path, 'written items', [cost.items / contacts], change.items),
    figureOf(path, WRITE, [cost.writeUnits / contacts], change.items * IN_TRANSACTION + change.indexRows),
    figureOf(path, READ, [cost.readUnits / contacts], change.readUnits),
  ];
};

const measureContacts = async (service: MeteredService, orgId: string): Promise<Figure[]> => {
  const importing = (plan: string) =>
    costOf(service, () => service.importContacts(orgId, contactEntries(0, CONTACTS, plan)));
  return [
    ...figuresOfChange(CREATION, await importing('trial'), CONTACTS),
    ...figuresOfChange(CHANGE, await importing('pro'), CONTACTS),
  ];
};

/** The length of histories that a merge must leave alone. */
const LONG_HISTORY = 10_000;

/** Measures links and merges. What a merge costs must not depend on the histories of the contacts. */
const measureLinks = async (service: MeteredService, world: World): Promise<Figure[]> => {
  const { orgId } = await world.organisation('units-links');
  const emails = [emailOf(0), emailOf(1)] as const;
  await service.importContacts(
    orgId,
    emails.map((email) => ({ email })),
  );
  const [from, into] = [contactIdOf(orgId, emails[0]), contactIdOf(orgId, emails[1])];
  const short = await costOf(service, () => service.merge(orgId, from, into));

  const busy = await world.organisation('units-histories');
  const [first, second] = (await createHistories(world, busy, 2, LONG_HISTORY)) as [string, string];
  await service.refresh(busy.orgId, [first, second]);
  const long = await costOf(service, () => service.merge(busy.orgId, first, second));

  const email = emailOf(2);
  await service.importContacts(orgId, [{ email }]);
  const linked = await costOf(service, () => service.importContacts(orgId, [{ email, externalId: 'u-2' }]));

  const path = `units: a merge of two contacts of ${LONG_HISTORY.toLocaleString('en')} events each`;
  const more = (what: keyof Cost, name: string) =>
    figureOf(path, `${name} more than without events`, [long[what] - short[what]], 0);
  return [
    ...figuresOfChange(LINK, linked),
    ...figuresOfChange(MERGE, short),
    more('items', 'written items'),
    more('writeUnits', WRITE),
    more('readUnits', READ),
  ];
};

/** The size of the contact whose existence is checked. */
const LARGE_BYTES = 100 * 1_024;

/** Measures what an import of events reads to check that a large contact exists. */
const measureLargeContact = async (service: MeteredService, orgId: string): Promise<Figure[]> => {
  const email = emailOf(CONTACTS);
  const attributes = { text: 'x'.repeat(LARGE_BYTES) };
  await service.importContacts(orgId, [{ email, attributes }]);
  const events = [{ contactEmail: email, type: 'opened', occurredAt: new Date().toISOString() }];
  const consumed = await service.metered(() => service.importEvents(orgId, events));
  const read = unitsOf(consumed, ['BatchGetItem']);
  return [figureOf('units: an existence check of a contact of 100 KB', READ, [read], 1)];
};

const REFRESHED = 100;
const EVENTS_EACH = 50;

/** The standing, and twice the index `byRank`: a delete and a put. Without new events the rank should not change. */
const REFRESH_UNITS = { first: 3, again: 1 };

/** The contact and its standing. */
const CONTACT_READ_UNITS = 2;

const measureRefresh = async (service: MeteredService, world: World): Promise<Figure[]> => {
  const caller = await world.organisation('units-refresh');
  const ids = await createHistories(world, caller, REFRESHED, EVENTS_EACH);
  const first = await service.metered(() => service.refresh(caller.orgId, ids));
  const again = await service.metered(() => service.refresh(caller.orgId, ids));
  // The items of a history have similar sizes, so one is representative.
  const sample = eventBatches(caller.orgId, { kind: 'email', contacts: 1 }, EVENTS_EACH * REFRESHED);
  const bytes = itemBytes(sample.items(1)[0] as Item) * EVENTS_EACH;
  const due = Math.ceil(bytes / 4_096) / 2;
  const history = unitsOf(first, ['Query'], service.tables.events) / REFRESHED;
  const path = `units: a refresh of a contact of ${EVENTS_EACH} events`;
  const figure = (what: string, units: number, goal: number) => figureOf(path, what, [units], goal);
  return [
    figure(`${READ} of the history`, history, due),
    figure(`${READ} an event`, history / EVENTS_EACH, due / EVENTS_EACH),
    figure(`${READ} of the contact`, unitsOf(first, ['BatchGetItem']) / REFRESHED, CONTACT_READ_UNITS),
    figure(`${WRITE}, the first time`, unitsOf(first, ['UpdateItem']) / REFRESHED, REFRESH_UNITS.first),
    figure(
      `${WRITE}, again without new events`,
      unitsOf(again, ['UpdateItem']) / REFRESHED,
      REFRESH_UNITS.again,
    ),
  ];
};

/** Measures the units of events and contacts with the functions' own code: AWS charges by them, and they do not depend on the machine. */
export const measureUnits = async (world: World): Promise<Figure[]> => {
  const service = createMeteredService(world);
  const { orgId } = await world.organisation('units');
  const ofContacts = await measureContacts(service, orgId);
  return [
    ...(await measureSizes(service, orgId)),
    ...(await measureImport(service, orgId)),
    ...ofContacts,
    ...(await measureLargeContact(service, orgId)),
    ...(await measureMessages(service, world)),
    ...(await measureLinks(service, world)),
    ...(await measureRefresh(service, world)),
  ];
};
