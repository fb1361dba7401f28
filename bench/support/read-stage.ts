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

/** An organisation with short and long histories that are counted in the charts; the contacts to read are refreshed. */
export interface ReadStage {
  readonly caller: Caller;
  /** One contact of each length of history, shortest first. */
  readonly contacts: readonly StagedContact[];
  /** The span of all events. */
  readonly dates: Dates;
}

/** A contact to read. */
export interface StagedContact {
  readonly contactId: string;
  readonly email: string;
  readonly events: number;
  /** The campaign of its newest event. */
  readonly newest: string;
}

const campaignOf = (contact: number, nth: number): string => `mc_campaign_${contact}_${nth}`;

/** Events at noon, so that few hours have to be counted; the last is the newest. */
const eventsOf = (contact: number, count: number, start: number) =>
  Array.from({ length: count }, (_, nth) => ({
    contactEmail: emailOf(contact),
    type: ['opened', 'clicked', 'sent'][nth % 3],
    occurredAt: new Date(start + (Math.floor((nth * DAYS) / count) + 0.5) * DAY_MS + nth).toISOString(),
    metadata: { externalCampaignId: campaignOf(contact, nth) },
  }));

const dateOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Prepares the data to read. Its events are counted by the stream's consumers, which are then stopped again. */
export const stageReads = async (world: World): Promise<ReadStage> => {
  const caller = await world.organisation('reads');
  const contactIds = await createContacts(caller, CONTACTS);
  const end = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const start = end - DAYS * DAY_MS;
  const dates = { from: dateOf(start), to: dateOf(end) };
  const events = contactIds.flatMap((_, nth) => eventsOf(nth, LONG[nth] ?? SHORT, start));
  for (let from = 0; from < events.length; from += BATCH) {
    await caller.call('POST', '/v1/events/email/batch', { events: events.slice(from, from + BATCH) });
  }
  try {
    await setStreamConsumers(world, true);
    await untilCounted(caller, dates, events.length);
  } finally {
    await setStreamConsumers(world, false);
  }
  const contacts = [...LONG, SHORT].map((count, nth) => ({
    contactId: contactIds[nth] as string,
    email: emailOf(nth),
    events: count,
    newest: campaignOf(nth, count - 1),
  }));
  await refresh(
    caller,
    contacts.map(({ contactId }) => contactId),
  );
  return { caller, contacts: contacts.reverse(), dates };
};
