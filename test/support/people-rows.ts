import type { Item } from '#shared/aws/dynamodb.ts';
import { contactOf, stateOfItem } from '#shared/contacts/contact-item.ts';
import type { StoredEvent } from '#shared/events/event-item.ts';
import { createEventReader } from '#shared/events/event-store.ts';
import { foundOf, idOf } from '#shared/identities/identity-item.ts';
import { fromStandingItem, type Standing } from '#shared/standings/standing-item.ts';
import { eachOnce, type Happened, nameOf, sorted } from './people.ts';
import { peopleTables } from './people-stage.ts';
import { rowsOf, stackDynamo } from './tables.ts';

/** Rows as items; packed identities are bytes again. */
const itemsOf = async (orgId: string, table: string): Promise<Item[]> =>
  (await rowsOf({ orgId }, table)).map((row) =>
    JSON.parse(row, (key, value) => (key === 'B' ? new Uint8Array(Object.values(value)) : value)),
  );

/** All rows of an organisation's contacts. */
export const readPeople = async (orgId: string) => {
  const tables = peopleTables();
  const [contacts, identities, standings, members] = await Promise.all(
    [tables.contacts, tables.identities, tables.standings, tables.members].map((table) =>
      itemsOf(orgId, table),
    ),
  );
  return {
    contacts: (contacts ?? []).map((item) => stateOfItem(item)),
    identities: new Map((identities ?? []).map((item) => [idOf(item), foundOf(item)])),
    standings: new Map(
      (standings ?? []).map((item) => {
        const standing = fromStandingItem(item);
        return [standing.contactId, { standing, isRanked: item['rankShard'] !== undefined }];
      }),
    ),
    /** `segment contact` of each row. */
    members: (members ?? []).map(({ pk, sk }) => `${pk?.S?.split('#')[1]} ${sk?.S}`).toSorted(),
  };
};

type People = Awaited<ReturnType<typeof readPeople>>;

/** What is wrong in the tables: rows that contradict each other, or that are left of contacts that are gone. */
export const contradictionsIn = ({ contacts, identities, standings, members }: People): string[] => {
  const wrong: string[] = [];
  const check = (isRight: boolean, text: string): void => {
    if (!isRight) wrong.push(text);
  };
  const byId = new Map(contacts.map((contact) => [contact.contactId, contact]));
  for (const [id, { contactId, isOnly }] of identities) {
    const contact = byId.get(contactId);
    check(contact?.identities.has(id) === true, `${id} points to ${contactId}, which does not have it`);
    check(!isOnly || contact?.identities.size === 1, `${id} is not the only identity of ${contactId}`);
    check(isOnly || contact?.identities.size !== 1, `${id} is the only identity of ${contactId}`);
  }
  const listed: string[] = [];
  for (const [contactId, contact] of byId) {
    const ids = [...contact.identities.keys()];
    check(ids.includes(contactId), `${contactId} is not one of its identities`);
    for (const id of ids) check(identities.get(id)?.contactId === contactId, `${id} is not of ${contactId}`);
    const found = standings.get(contactId);
    const histories: readonly string[] = found?.standing.histories ?? [];
    check(
      JSON.stringify(histories.toSorted()) === JSON.stringify(ids.toSorted()),
      `${contactId} has other histories than identities`,
    );
    check(found?.isRanked === true && !found.standing.gone, `${contactId} has no rank`);
    for (const segmentId of found?.standing.segments.keys() ?? []) listed.push(`${segmentId} ${contactId}`);
  }
  for (const contactId of standings.keys()) check(byId.has(contactId), `${contactId} is gone, but stands`);
  check(JSON.stringify(listed.toSorted()) === JSON.stringify(members), 'members differ from standings');
  return wrong;
};

/** A contact as a reader sees it, in the form of the naive model. */
export interface Seen {
  readonly names: readonly string[];
  readonly email: string | undefined;
  readonly externalId: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  readonly timeline: readonly Happened[];
  readonly standing: Standing;
}

const happenedOf = (
  { contactId, kind, type, occurredAt, eventId, metadata }: StoredEvent,
  nameOfId: ReadonlyMap<string, string>,
): Happened => ({
  name: nameOfId.get(contactId) ?? contactId,
  kind,
  type,
  occurredAt,
  what: kind === 'profile' ? sorted(JSON.parse(metadata ?? '')) : (eventId ?? ''),
});

/** All contacts of an organisation as a reader sees them, in the order of their first names. */
export const seenOf = async (orgId: string, { contacts, standings }: People): Promise<Seen[]> => {
  const reader = createEventReader(stackDynamo(), peopleTables().events);
  const seen = contacts.map(async (state): Promise<Seen> => {
    const { identities, email, externalId, attributes } = contactOf(state);
    const nameOfId = new Map([...state.identities].map(([id, identity]) => [id, nameOf(identity)]));
    const standing = standings.get(state.contactId)?.standing as Standing;
    const events: StoredEvent[] = [];
    let after: string | undefined;
    do {
      const page = await reader.timeline(orgId, standing.histories, { limit: 7, after });
      events.push(...page.events);
      after = page.next;
    } while (after !== undefined);
    const happened = events.map((event) => happenedOf(event, nameOfId));
    const timeline = eachOnce(happened);
    if (timeline.length !== happened.length) throw new Error('A timeline has an event twice');
    return {
      names: identities.map(nameOf).toSorted(),
      email,
      externalId,
      attributes: Object.fromEntries(attributes),
      timeline,
      standing,
    };
  });
  return (await Promise.all(seen)).toSorted((a, b) => ((a.names[0] ?? '') < (b.names[0] ?? '') ? -1 : 1));
};
