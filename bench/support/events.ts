import type { Item } from '#shared/aws/dynamodb.ts';
import { toEventItem } from '#shared/events/event-item.ts';
import { entryParser } from '#shared/events/event-schemas.ts';
import type { ImportedKind } from '#shared/events/kinds.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import { emailOf } from './world.ts';

const START = Date.UTC(2024, 0, 1);

const TYPES = ['opened', 'clicked', 'sent'];

/** The default time of the nth event: one per second. */
const secondOf = (nth: number): number => START + nth * 1_000;

/** The fields that differ between kinds, as customers send them. */
const FIELDS: Readonly<Record<ImportedKind, (nth: number) => object>> = {
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
  track: (nth) => ({ name: `Order ${nth % 50} placed`, metadata: { orderId: `ORD-${nth}`, value: 129.99 } }),
};

/** The events to generate. */
export interface EventMaking {
  readonly kind: ImportedKind;
  /** The number of contacts, among which the events are evenly distributed. */
  readonly contacts: number;
  /** The time of the nth event, in ms since 1970; unique per contact. @default one per second */
  readonly at?: (nth: number) => number;
}

/** The nth entry as a customer sends it; different numbers are different events. */
export const eventEntry = (
  { kind, contacts, at = secondOf }: EventMaking,
  nth: number,
): Record<string, unknown> => ({
  contactEmail: emailOf(nth % contacts),
  occurredAt: new Date(at(nth)).toISOString(),
  ...FIELDS[kind](nth),
});

/** Creates a function that returns the item that an import of an entry would store. */
export const itemMaker = (orgId: string, kind: ImportedKind): ((entry: unknown) => Item) => {
  const parse = entryParser(kind, Date.now());
  // Hashing an address takes longer than the rest of an item, and contacts recur.
  const ids = new Map<string, string>();
  return (entry) => {
    const outcome = parse(entry);
    if (outcome.kind === 'invalid') throw new Error(`An entry is invalid: ${outcome.reason}`);
    const { shown, event } = outcome;
    const contactId = ids.get(shown) ?? contactIdOf(orgId, shown);
    ids.set(shown, contactId);
    return toEventItem(orgId, contactId, event);
  };
};

/** Batches of events in the two forms that are compared. */
export interface EventBatches {
  /** The entries of the next events. */
  entries(count: number): Record<string, unknown>[];
  /** The items of the next events. */
  items(count: number): Item[];
}

/** Creates a generator of new events: no two calls return the same ones. */
export const eventBatches = (orgId: string, making: EventMaking, first = 0): EventBatches => {
  const itemOf = itemMaker(orgId, making.kind);
  let next = first;
  const entries = (count: number) => Array.from({ length: count }, () => eventEntry(making, next++));
  return { entries, items: (count) => entries(count).map(itemOf) };
};
