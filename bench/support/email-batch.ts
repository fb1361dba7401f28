import type { Item } from '#shared/aws/dynamodb.ts';
import { contactIdOf } from '#shared/contacts/contact-id.ts';
import { toEventItem } from '#shared/events/event-item.ts';
import { emailOf } from './world.ts';

/** Events of a batch: the most that one request may have. */
export const EVENTS = 10_000;

/** The contacts that they are of. */
export const CONTACTS = 2_000;

const DAY_MS = 86_400_000;
const START = Date.UTC(2024, 0, 1);

const eventOf = (round: number, nth: number, padding = '') => ({
  contactEmail: emailOf(nth % CONTACTS),
  type: 'opened',
  occurredAt: new Date(START + round * 30 * DAY_MS + nth * 1_000).toISOString(),
  metadata: {
    externalCampaignId: `mc_campaign_${nth}`,
    subject: 'Holiday Gift Guide',
    ...(padding && { padding }),
  },
});

/**
 * A full batch of email events as it is sent; no two rounds have an event in common.
 * @param padding - makes each event longer
 */
export const bodyOf = (round: number, padding = ''): string =>
  JSON.stringify({ events: Array.from({ length: EVENTS }, (_, nth) => eventOf(round, nth, padding)) });

/** The items that an import of {@link bodyOf} stores for the organisation. */
export const itemsOf = (orgId: string, round: number): Item[] =>
  Array.from({ length: EVENTS }, (_, nth) => {
    const { contactEmail, type, occurredAt, metadata } = eventOf(round, nth);
    return toEventItem(orgId, contactIdOf(orgId, contactEmail), {
      kind: 'email',
      type,
      occurredAt: Date.parse(occurredAt),
      metadata: JSON.stringify(metadata),
    });
  });
