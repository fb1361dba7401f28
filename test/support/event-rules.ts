import { earliestInstant } from '#shared/events/occurred-at.ts';
import { SARAH } from './builders.ts';
import { EVENT_IMPORTS, instant } from './imports.ts';

const MINUTE = 60_000;

/** More than the time between creating a request here and validating it in the function. */
const MARGIN = 20_000;

/** The earliest moment that is accepted, plus some milliseconds. */
const tenYearsAgo = (ms: number): string => instant(ms, earliestInstant(Date.now()));

type Case = readonly [fields: Record<string, unknown>, reason: string];

export const INVALID_EMAIL = 'contactEmail is not a valid email address';
export const INVALID_INSTANT = 'occurredAt is not a valid ISO 8601 timestamp';
const INVALID_ID = 'eventId must be a string of 1 to 128 characters';
const INVALID_LOCATION = 'location must be a non-empty string of at most 256 characters';
const INVALID_STRENGTH = 'strength must be a number from 0 to 1';
const invalidWord = (field: string) => `${field} must be a snake_case word of at most 64 characters`;

const nested = (levels: number): unknown => (levels === 1 ? {} : { in: nested(levels - 1) });

/** Fields that every event endpoint rejects, each with the reason. */
export const refusedEverywhere = (): readonly Case[] => [
  [{ contactEmail: undefined }, 'contactEmail is required'],
  [{ contactEmail: null }, 'contactEmail is required'],
  [{ contactEmail: '' }, INVALID_EMAIL],
  [{ contactEmail: 'sarah' }, INVALID_EMAIL],
  [{ contactEmail: 'sarah@example' }, INVALID_EMAIL],
  [{ contactEmail: 'sarah@@example.com' }, INVALID_EMAIL],
  [{ contactEmail: 'sarah smith@example.com' }, INVALID_EMAIL],
  [{ contactEmail: 7 }, INVALID_EMAIL],
  [{ contactEmail: [SARAH] }, INVALID_EMAIL],
  [{ occurredAt: undefined }, 'occurredAt is required'],
  [{ occurredAt: null }, 'occurredAt is required'],
  [{ occurredAt: '' }, INVALID_INSTANT],
  [{ occurredAt: 1_763_202_600_000 }, INVALID_INSTANT],
  [{ occurredAt: '2025-11-15' }, INVALID_INSTANT],
  [{ occurredAt: '2025-11-15T10:30:00' }, INVALID_INSTANT],
  [{ occurredAt: '2025-02-29T10:30:00Z' }, INVALID_INSTANT],
  [{ occurredAt: '2025-13-01T10:30:00Z' }, INVALID_INSTANT],
  [{ occurredAt: '2025-11-15T10:60:00Z' }, INVALID_INSTANT],
  [{ occurredAt: 'Sat, 15 Nov 2025 10:30:00 GMT' }, INVALID_INSTANT],
  [{ occurredAt: instant(5 * MINUTE + MARGIN) }, 'occurredAt is in the future'],
  [{ occurredAt: tenYearsAgo(-1) }, 'occurredAt is more than 10 years in the past'],
  [{ metadata: null }, 'metadata must be an object'],
  [{ metadata: [] }, 'metadata must be an object'],
  [{ metadata: '{}' }, 'metadata must be an object'],
  [{ metadata: 7 }, 'metadata must be an object'],
  [{ metadata: nested(101) }, 'metadata must be nested at most 100 levels deep'],
  [{ eventId: '' }, INVALID_ID],
  [{ eventId: 'x'.repeat(129) }, INVALID_ID],
  [{ eventId: '🏙'.repeat(129) }, INVALID_ID],
  [{ eventId: 'half a pair: \ud83c' }, INVALID_ID],
  [{ eventId: 7 }, INVALID_ID],
  [{ eventId: null }, INVALID_ID],
  [{ contactEmail: 'nobody@example.com' }, 'Contact not found'],
];

/** Fields that every event endpoint accepts, each at the limit of a rule. */
export const acceptedEverywhere = (): readonly Record<string, unknown>[] => [
  { contactEmail: '  SARAH@Example.COM\t' },
  { occurredAt: instant(5 * MINUTE) },
  { occurredAt: tenYearsAgo(MARGIN) },
  { occurredAt: '2024-02-29T23:59:59.999Z' },
  { occurredAt: '2025-11-15T10:30:00+05:30' },
  { occurredAt: '2025-11-15T10:30:00.123456-0800' },
  { metadata: {} },
  { metadata: nested(100) },
  { eventId: 'x' },
  { eventId: 'x'.repeat(128) },
  { eventId: '🏙'.repeat(128) },
  { unheardOf: { of: 'fields' }, orgId: 'o_other', contactId: 7 },
];

const refusedTypes: readonly Case[] = [
  [{ type: undefined }, 'type is required'],
  [{ type: null }, 'type is required'],
  [{ type: '' }, "Invalid event type: ''"],
  [{ type: 'forward' }, "Invalid event type: 'forward'"],
  [{ type: 'Opened' }, "Invalid event type: 'Opened'"],
  [{ type: 'page_view ' }, "Invalid event type: 'page_view '"],
  [{ type: 'toString' }, "Invalid event type: 'toString'"],
  [{ type: 7 }, "Invalid event type: '7'"],
];

const refusedLocations: readonly Case[] = [
  [{ location: undefined }, 'location is required'],
  [{ location: null }, 'location is required'],
  [{ location: '' }, INVALID_LOCATION],
  [{ location: ' \t' }, INVALID_LOCATION],
  [{ location: 'x'.repeat(257) }, INVALID_LOCATION],
  [{ location: '🏙'.repeat(257) }, INVALID_LOCATION],
  [{ location: 'half a pair: \udfff' }, INVALID_LOCATION],
  [{ location: 78701 }, INVALID_LOCATION],
];

const refusedWords = (field: string): readonly Case[] => [
  [{ [field]: undefined }, `${field} is required`],
  [{ [field]: null }, `${field} is required`],
  [{ [field]: '' }, invalidWord(field)],
  [{ [field]: 'camelCase' }, invalidWord(field)],
  [{ [field]: 'two words' }, invalidWord(field)],
  [{ [field]: 'x'.repeat(65) }, invalidWord(field)],
  [{ [field]: 7 }, invalidWord(field)],
];

const INVALID_NAME = 'name must be a string of 1 to 128 characters';
const refusedNames: readonly Case[] = [
  [{ name: undefined }, 'name is required'],
  [{ name: null }, 'name is required'],
  [{ name: undefined, type: 'purchased' }, 'name is required'],
  [{ name: '' }, INVALID_NAME],
  [{ name: 'x'.repeat(129) }, INVALID_NAME],
  [{ name: '🏙'.repeat(129) }, INVALID_NAME],
  [{ name: 'half a pair: \ud83c' }, INVALID_NAME],
  [{ name: 7 }, INVALID_NAME],
  [{ name: ['purchased'] }, INVALID_NAME],
];

const refusedStrengths: readonly Case[] = [
  [{ strength: undefined }, 'strength is required'],
  [{ strength: null }, 'strength is required'],
  [{ strength: -0.001 }, INVALID_STRENGTH],
  [{ strength: 1.001 }, INVALID_STRENGTH],
  [{ strength: '0.5' }, INVALID_STRENGTH],
  [{ strength: true }, INVALID_STRENGTH],
];

const [EMAIL, WEB, INTERESTS, HISTORY, TRACK] = EVENT_IMPORTS;
const longWord = 'x'.repeat(64);
const locations = [
  { location: 'x' },
  { location: 'x'.repeat(256) },
  { location: '🏙'.repeat(256) },
  { location: ' Łódź 🏙️ ' },
];

/** The rules that differ between endpoints: the fields that each rejects and accepts, in the order of the rules. */
export const EVENT_RULES = [
  {
    ...EMAIL,
    refused: [...refusedTypes, [{ type: 'page_view' }, "Invalid event type: 'page_view'"] as const],
    accepted: ['sent', 'delivered', 'opened', 'clicked', 'bounced', 'unsubscribed', 'complained'].map(
      (type) => ({
        type,
      }),
    ),
  },
  {
    ...WEB,
    refused: [...refusedTypes, [{ type: 'opened' }, "Invalid event type: 'opened'"] as const],
    accepted: ['page_view', 'conversion', 'click', 'form_submit', 'custom'].map((type) => ({ type })),
  },
  {
    ...INTERESTS,
    refused: [...refusedLocations, ...refusedWords('signalType'), ...refusedStrengths],
    accepted: [...locations, { strength: 0 }, { strength: 1 }, { signalType: 'x' }, { signalType: longWord }],
  },
  {
    ...HISTORY,
    refused: [...refusedLocations, ...refusedWords('source')],
    accepted: [...locations, { source: 'ip_geolocation' }, { source: longWord }],
  },
  {
    ...TRACK,
    refused: refusedNames,
    accepted: ['x', ' ', '#', 'a.b|c\n\u0000', '__proto__', 'x'.repeat(128), '🏙'.repeat(128)].map((name) => ({
      name,
    })),
  },
];
