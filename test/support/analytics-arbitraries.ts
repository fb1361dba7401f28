import fc from 'fast-check';
import { CHARTED_KINDS } from '#shared/events/kinds.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import type { OfContact } from './analytics-world.ts';

export const CONTACTS = Array.from({ length: 6 }, (_, nth) => contactIdOf('o_any', `c${nth}@example.com`));

const FROM = Date.parse('2023-12-20T00:00:00Z');
const TYPES = {
  email: ['opened', 'clicked'],
  web: ['page_view', 'click'],
  'location-interests': ['search'],
  'location-history': ['ip_geolocation', 'form_submission'],
  // Names may contain the separators of keys, and characters beyond ASCII.
  track: ['a#b|c', '\u0000 ~~🏙'],
} as const;

/** Any event of one of the contacts. Many share an hour, and some share a key. */
export const anyEventOf = (contactIds: readonly string[]): fc.Arbitrary<OfContact> =>
  fc
    .record({
      contactId: fc.constantFrom(...contactIds),
      kind: fc.constantFrom(...CHARTED_KINDS),
      type: fc.nat({ max: 1 }),
      hours: fc.oneof(fc.nat({ max: 30 }), fc.nat({ max: 24 * 700 })),
      eventId: fc.nat({ max: 40 }),
    })
    .map(({ contactId, kind, type, hours, eventId }) => ({
      contactId,
      event: {
        kind,
        type: TYPES[kind][type % TYPES[kind].length] as string,
        occurredAt: FROM + hours * 3_600_000 + 1_234,
        eventId: String(eventId),
      },
    }));
