import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { type Item, itemBytes } from '#shared/aws/dynamodb.ts';
import { contactKey } from '#shared/contacts/contact-item.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import { identityItem } from '#shared/identities/identity-item.ts';
import { newStandingItem } from '#shared/standings/standing-item.ts';
import { contactEntries, contactItems } from '../support/contacts.ts';
import { eventBatches, itemMaker } from '../support/events.ts';
import { type Figure, figureOf } from '../support/figures.ts';
import { type Consumption, unitsOf } from '../support/metered.ts';
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

/** The contact, its standing with the index `byRank`, and its identity. */
const CREATION_UNITS = 4;

/** A change checks whether the contact exists, and reads the contact. */
const CHANGE_READ_UNITS = 2;

/** The size of the contact whose existence is checked. */
const LARGE_BYTES = 100 * 1_024;

/**
 * The engine counts a PartiQL statement as one unit, whatever it writes. Therefore the write units of a creation are
 * measured with a PutItem of each of the created items, under different keys.
 */
const measureContacts = async (service: MeteredService, orgId: string): Promise<Figure[]> => {
  const created = await service.metered(() =>
    service.importContacts(orgId, contactEntries(0, CONTACTS, 'trial')),
  );
  const copyId = contactIdOf(orgId, 'copy@example.com');
  const { contacts, standings, identities } = service.tables;
  const [who] = contactItems(orgId, 0, 1, 'trial');
  const copies: readonly (readonly [table: string, item: Item])[] = [
    [contacts, { ...who, ...contactKey(orgId, copyId) }],
    [standings, newStandingItem(orgId, copyId)],
    [identities, identityItem(orgId, copyId, { contactId: copyId, isOnly: true })],
  ];
  const puts = await service.metered(async () => {
    for (const [TableName, item] of copies) {
      await service.client.send(new PutItemCommand({ TableName, Item: item }));
    }
  });
  const changed = await service.metered(() =>
    service.importContacts(orgId, contactEntries(0, CONTACTS, 'pro')),
  );
  const read = (consumed: readonly Consumption[]) => unitsOf(consumed, ['BatchGetItem']) / CONTACTS;
  const merges = unitsOf(changed, ['UpdateItem'], contacts) / CONTACTS;
  return [
    figureOf(
      'units: a contact created',
      `${WRITE}, as of a PutItem`,
      [unitsOf(puts, ['PutItem'])],
      CREATION_UNITS,
    ),
    figureOf('units: a contact created', READ, [read(created)], 1),
    figureOf('units: a contact changed', WRITE, [merges], 1),
    figureOf('units: a contact changed', READ, [read(changed)], CHANGE_READ_UNITS),
  ];
};

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
    ...(await measureRefresh(service, world)),
  ];
};
