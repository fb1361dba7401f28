import type { EventKind } from './event-kind.ts';

/** A signalType or a source. Source: product documentation, "Validation Rules". */
const WORD = {
  pattern: /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/,
  rule: 'must be a snake_case word of at most 64 characters',
  maxLength: 64,
};

/**
 * The kinds of events, one entry each: adding a kind is adding an entry, see functions/README.md. A kind has one name, in paths,
 * rules, keys and answers alike. It is plain data without imports, so that whoever wants to know one thing of a kind takes nothing else
 * along. Sources: product documentation, "Backfill Endpoints" (names, types, limits, examples); product specification,
 * "Scores" (weights).
 */
export const EVENT_KINDS = {
  email: {
    letter: 'e',
    types: {
      weights: {
        sent: 0,
        delivered: 0,
        opened: 1,
        clicked: 3,
        bounced: -2,
        unsubscribed: -10,
        complained: -15,
      },
    },
    typeField: 'type',
    fields: ['type'],
    score: 'engagement',
    batch: {
      endpoint: 'events/email',
      operationId: 'importEmailEvents',
      field: 'events',
      limit: 10_000,
      what: 'email events',
      examples: [
        {
          contactEmail: 'sarah@example.com',
          type: 'opened',
          occurredAt: '2025-11-15T10:30:00Z',
          metadata: { externalCampaignId: 'mc_campaign_4829', subject: 'Holiday Gift Guide' },
        },
        {
          contactEmail: 'sarah@example.com',
          type: 'clicked',
          occurredAt: '2025-11-15T10:31:22Z',
          metadata: { externalCampaignId: 'mc_campaign_4829', url: 'https://shop.example.com/gifts' },
        },
        {
          contactEmail: 'james@example.com',
          type: 'bounced',
          occurredAt: '2025-11-14T08:00:00Z',
          metadata: { bounceType: 'hard', externalCampaignId: 'mc_campaign_4828' },
        },
      ],
    },
  },
  web: {
    letter: 'w',
    types: { weights: { page_view: 1, conversion: 10, click: 1, form_submit: 5, custom: 1 } },
    typeField: 'type',
    fields: ['type'],
    score: 'engagement',
    batch: {
      endpoint: 'events/web',
      operationId: 'importWebEvents',
      field: 'events',
      limit: 10_000,
      what: 'web events',
      examples: [
        {
          contactEmail: 'sarah@example.com',
          type: 'page_view',
          occurredAt: '2025-12-01T14:22:00Z',
          metadata: { url: 'https://shop.example.com/pricing', referrer: 'https://google.com' },
        },
        {
          contactEmail: 'sarah@example.com',
          type: 'conversion',
          occurredAt: '2025-12-01T14:25:00Z',
          metadata: {
            url: 'https://shop.example.com/checkout/complete',
            value: 129.99,
            orderId: 'ORD-9182',
          },
        },
        {
          contactEmail: 'james@example.com',
          type: 'form_submit',
          occurredAt: '2025-11-28T09:15:00Z',
          metadata: { formName: 'Contact Us', url: 'https://shop.example.com/contact' },
        },
      ],
    },
  },
  'location-interests': {
    letter: 'i',
    types: { ...WORD, weight: 1 },
    typeField: 'signalType',
    fields: ['location', 'type', 'strength'],
    score: 'locationInterest',
    batch: {
      endpoint: 'contacts/location-interests',
      operationId: 'importLocationInterests',
      field: 'signals',
      limit: 5_000,
      what: 'location signals',
      examples: [
        {
          contactEmail: 'sarah@example.com',
          location: 'Austin, TX',
          signalType: 'search',
          strength: 0.8,
          occurredAt: '2025-12-10T16:00:00Z',
        },
        {
          contactEmail: 'sarah@example.com',
          location: 'Denver, CO',
          signalType: 'listing_view',
          strength: 0.5,
          occurredAt: '2025-11-20T12:30:00Z',
        },
      ],
    },
  },
  'location-history': {
    letter: 'h',
    types: { ...WORD, weight: 0.2 },
    typeField: 'source',
    fields: ['location', 'type'],
    score: 'locationInterest',
    batch: {
      endpoint: 'contacts/location-history',
      operationId: 'importLocationHistory',
      field: 'observations',
      limit: 5_000,
      what: 'location observations',
      examples: [
        {
          contactEmail: 'sarah@example.com',
          location: 'Austin, TX',
          source: 'ip_geolocation',
          occurredAt: '2025-12-05T09:00:00Z',
        },
        {
          contactEmail: 'james@example.com',
          location: 'Chicago, IL',
          source: 'form_submission',
          occurredAt: '2025-11-30T11:00:00Z',
        },
      ],
    },
  },
} as const satisfies Readonly<Record<string, EventKind>>;

export type Kind = keyof typeof EVENT_KINDS;

/** The names of the kinds. */
export const KINDS = Object.keys(EVENT_KINDS) as readonly Kind[];

/** What happened once, to one contact. */
export interface HistoryEvent {
  readonly kind: Kind;
  /** What the entry's `typeField` says: of email and web the event type, of the location kinds the signalType or source. */
  readonly type: string;
  /** Milliseconds since 1970 (UTC). */
  readonly occurredAt: number;
  /** The sender's own id of the event: with it, a second sending with other fields is a correction. */
  readonly eventId?: string | undefined;
  /** Of kinds with a field `location`, as sent. */
  readonly location?: string | undefined;
  /** Of kinds with a field `strength`, 0 to 1. */
  readonly strength?: number | undefined;
  /** A JSON object's text, with numbers as sent. */
  readonly metadata?: string | undefined;
  /** `canonicalJson` of the metadata, where the event comes from one who has it at hand. */
  readonly canonicalMetadata?: string | undefined;
}
