import { DAY_MS } from '#shared/analytics/interval.ts';
import { type Dates, untilCounted } from './counted.ts';
import { refresh } from './refreshing.ts';
import { type Caller, createContacts, emailOf, setStreamConsumers, type World } from './world.ts';

const CONTACTS = 1_000;

/** The numbers of events of the first contacts; all others have {@link SHORT}. */
const LONG = [10_000, 1_000, 100] as const;
const SHORT = 10;

/** The length of histories. They end before today, so that no event is live. */
const DAYS = 90;

const BATCH = 10_000;

/** The number of identities of the contact that has several. */
export const IDENTITIES = 10;

/** The number of its events: as many as one of the contacts with one identity has. */
const LINKED_EVENTS = 100;

/** An organisation with short and long histories that are counted in the charts; the contacts to read are refreshed. */
export interface ReadStage {
  readonly caller: Caller;
  /** One contact of each length of history, shortest first. */
  readonly contacts: readonly StagedContact[];
  /** A contact of {@link IDENTITIES} identities, among which its {@link LINKED_EVENTS} events are distributed. */
  readonly linked: StagedContact;
  /** The span of all events. */
  readonly dates: Dates;
}

/** A contact to read. */
export interface StagedContact {
  readonly contactId: string;
  readonly email: string;
  readonly identities: number;
  /** The number of its events, in the histories of all its identities. */
  readonly events: number;
  /** The campaign of its newest event. */
  readonly newest: string;
}

const campaignOf = (contact: number, nth: number): string => `mc_campaign_${contact}_${nth}`;

/** How an entry names its contact. */
type Name = { readonly contactEmail: string } | { readonly anonymousId: string };

/** Events at noon, so that few hours have to be counted; the last is the newest. They are sent by each name in turn. */
const eventsOf = (contact: number, names: readonly Name[], count: number, start: number) =>
  Array.from({ length: count }, (_, nth) => ({
    ...names[nth % names.length],
    type: ['opened', 'clicked', 'sent'][nth % 3],
    occurredAt: new Date(start + (Math.floor((nth * DAYS) / count) + 0.5) * DAY_MS + nth).toISOString(),
    metadata: { externalCampaignId: campaignOf(contact, nth) },
  }));

/** Links anonymous ids to a new contact. @returns the contact's id, and its names; the last is its address */
const createLinked = async ({ call }: Caller, email: string) => {
  const anonymousIds = Array.from({ length: IDENTITIES - 1 }, (_, nth) => `browser-${nth}`);
  const contacts = anonymousIds.map((anonymousId) => ({ email, anonymousId }));
  const answer = (await call('POST', '/v1/contacts/batch', { contacts })) as {
    contacts: [{ contactId: string }];
  };
  const names: Name[] = [...anonymousIds.map((anonymousId) => ({ anonymousId })), { contactEmail: email }];
  return { contactId: answer.contacts[0].contactId, names };
};

const dateOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Prepares the data to read. Its events are counted by the stream's consumers, which are then stopped again. */
export const stageReads = async (world: World): Promise<ReadStage> => {
  const caller = await world.organisation('reads');
  const contactIds = await createContacts(caller, CONTACTS);
  const end = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const start = end - DAYS * DAY_MS;
  const dates = { from: dateOf(start), to: dateOf(end) };
  const linked = await createLinked(caller, emailOf(CONTACTS));
  const events = [
    ...contactIds.flatMap((_, nth) =>
      eventsOf(nth, [{ contactEmail: emailOf(nth) }], LONG[nth] ?? SHORT, start),
    ),
    ...eventsOf(CONTACTS, linked.names, LINKED_EVENTS, start),
  ];
  for (let from = 0; from < events.length; from += BATCH) {
    await caller.call('POST', '/v1/events/email/batch', { events: events.slice(from, from + BATCH) });
  }
  try {
    await setStreamConsumers(world, true);
    await untilCounted(caller, dates, events.length);
  } finally {
    await setStreamConsumers(world, false);
  }
  const staged = (contactId: string, nth: number, count: number, identities: number): StagedContact => ({
    contactId,
    email: emailOf(nth),
    identities,
    events: count,
    newest: campaignOf(nth, count - 1),
  });
  const contacts = [...LONG, SHORT].map((count, nth) => staged(contactIds[nth] as string, nth, count, 1));
  const several = staged(linked.contactId, CONTACTS, LINKED_EVENTS, IDENTITIES);
  await refresh(
    caller,
    [...contacts, several].map(({ contactId }) => contactId),
  );
  return { caller, contacts: contacts.reverse(), linked: several, dates };
};
