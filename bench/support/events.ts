import type { Item } from '#shared/aws/dynamodb.ts';
import { toEventItem } from '#shared/events/event-item.ts';
import { entryParser } from '#shared/events/event-schemas.ts';
import type { Kind } from '#shared/events/kinds.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import { emailOf } from './world.ts';

const START = Date.UTC(2024, 0, 1);

const TYPES = ['opened', 'clicked', 'sent'];

/** One a second. */
const secondOf = (nth: number): number => START + nth * 1_000;

/** What tells the kinds apart, as customers send it. */
const FIELDS: Readonly<Record<Kind, (nth: number) => object>> = {
  email: (nth) => ({
    type: TYPES[nth % TYPES.length],
    metadata: { externalCampaignId: `mc_campaign_${nth}`, subject: 'Holiday Gift Guide' },
  }),
  web: (nth) => ({
    type: 'page_view',
    metadata: { url: `https://example.com/gifts/${nth}`, referrer: 'https://example.com/' },
  }),
  'location-interests': (nth) => ({
    location: `Austin, TX ${nth % 50}`,
    signalType: 'search',
    strength: 0.8,
  }),
  'location-history': (nth) => ({ location: `Austin, TX ${nth % 50}`, source: 'ip_geolocation' }),
};

/** Which events are made. */
export interface EventMaking {
  readonly kind: Kind;
  /** How many contacts have them, each as many as the next. */
  readonly contacts: number;
  /** When the nth happened, ms since 1970; no two of a contact at the same time. @default one a second */
  readonly at?: (nth: number) => number;
}

/** The nth entry of a batch, as a customer sends it; another number is another event. */
export const eventEntry = (
  { kind, contacts, at = secondOf }: EventMaking,
  nth: number,
): Record<string, unknown> => ({
  contactEmail: emailOf(nth % contacts),
  occurredAt: new Date(at(nth)).toISOString(),
  ...FIELDS[kind](nth),
});

/** A function that makes the item that an import of an entry would store. */
export const itemMaker = (orgId: string, kind: Kind): ((entry: unknown) => Item) => {
  const parse = entryParser(kind, Date.now());
  // Hashing an address takes longer than the rest of an item does, and contacts come again.
  const ids = new Map<string, string>();
  return (entry) => {
    const outcome = parse(entry);
    if (outcome.kind === 'invalid') throw new Error(`An entry is invalid: ${outcome.reason}`);
    const { contactEmail, event } = outcome;
    const contactId = ids.get(contactEmail) ?? contactIdOf(orgId, contactEmail);
    ids.set(contactEmail, contactId);
    return toEventItem(orgId, contactId, event);
  };
};

/** Batches of events in the two forms in which they are set side by side. */
export interface EventBatches {
  /** The entries of the next events. */
  entries(count: number): Record<string, unknown>[];
  /** The items of the next events. */
  items(count: number): Item[];
}

/** Makes events that were not there before, however often it is asked. */
export const eventBatches = (orgId: string, making: EventMaking, first = 0): EventBatches => {
  const itemOf = itemMaker(orgId, making.kind);
  let next = first;
  const entries = (count: number) => Array.from({ length: count }, () => eventEntry(making, next++));
  return { entries, items: (count) => entries(count).map(itemOf) };
};
