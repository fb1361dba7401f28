import type { EventKind } from './event-kind.ts';

/** The form of a signalType or a source. Source: product documentation, "Validation Rules". */
const WORD = {
  pattern: /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/,
  rule: 'must be a snake_case word of at most 64 characters',
  maxLength: 64,
};

/**
 * The kinds of events. A kind is added by adding an entry; see functions/README.md. Paths, rules, keys and responses
 * use the same name of a kind. The entries are plain data without imports, so that code which reads one property of a
 * kind depends on nothing else. Sources: product documentation, "Backfill Endpoints" (names, types, limits,
 * examples); product specification, "Scores" (weights), and
 * "Named events".
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
    isActivity: true,
    batch: {
      endpoint: 'events/email',
      operationId: 'importEmailEvents',
      field: 'events',
      limit: 10_000,
      label: 'email events',
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
    isActivity: true,
    batch: {
      endpoint: 'events/web',
      operationId: 'importWebEvents',
      field: 'events',
      limit: 10_000,
      label: 'web events',
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
    isActivity: true,
    batch: {
      endpoint: 'contacts/location-interests',
      operationId: 'importLocationInterests',
      field: 'signals',
      limit: 5_000,
      label: 'location signals',
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
    isActivity: true,
    batch: {
      endpoint: 'contacts/location-history',
      operationId: 'importLocationHistory',
      field: 'observations',
      limit: 5_000,
      label: 'location observations',
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
  track: {
    letter: 't',
    types: { maxCharacters: 128, rule: 'must be a string of 1 to 128 characters', weight: 1 },
    typeField: 'name',
    fields: ['type'],
    score: 'engagement',
    isActivity: true,
    batch: {
      endpoint: 'events/track',
      operationId: 'importTrackEvents',
      field: 'events',
      limit: 10_000,
      label: 'named events',
      examples: [
        {
          contactEmail: 'sarah@example.com',
          name: 'purchased',
          occurredAt: '2025-12-02T17:45:00Z',
          metadata: { orderId: 'ORD-9182', value: 129.99 },
        },
        {
          contactEmail: 'james@example.com',
          name: 'Dashboard Loaded',
          occurredAt: '2025-11-30T08:05:00Z',
        },
      ],
    },
  },
  profile: {
    letter: 'p',
    types: { weights: { updated: 0 } },
    typeField: 'type',
    fields: ['type'],
    score: 'none',
    isActivity: false,
  },
} as const satisfies Readonly<Record<string, EventKind>>;

/** The name of a kind of events. */
export type Kind = keyof typeof EVENT_KINDS;

/** The names of all kinds. */
export const KINDS = Object.keys(EVENT_KINDS) as readonly Kind[];

/** A kind that has a batch endpoint. */
export type ImportedKind = {
  [K in Kind]: (typeof EVENT_KINDS)[K] extends { readonly batch: object } ? K : never;
}[Kind];

/** The names of the kinds that have a batch endpoint. */
export const IMPORTED_KINDS = KINDS.filter((kind): kind is ImportedKind => 'batch' in EVENT_KINDS[kind]);

/** A kind whose events are something that the contact did. */
export type ActivityKind = {
  [K in Kind]: (typeof EVENT_KINDS)[K]['isActivity'] extends true ? K : never;
}[Kind];

/** Whether events of the kind are something that the contact did: these are charted and count as activity. */
export const isActivityKind = (kind: Kind): kind is ActivityKind => EVENT_KINDS[kind].isActivity;

/** The names of the kinds that are charted. */
export const CHARTED_KINDS: readonly ActivityKind[] = KINDS.filter(isActivityKind);

/** An event of one contact. */
export interface HistoryEvent {
  readonly kind: Kind;
  /**
   * The value of the entry's `typeField`: the type of an email or web event, the signalType or source of a location
   * kind, the name of a named event.
   */
  readonly type: string;
  /** Milliseconds since 1970 (UTC). */
  readonly occurredAt: number;
  /** The sender's own id of the event: sending the same id again with other fields corrects the event. */
  readonly eventId?: string | undefined;
  /** The location as sent, for kinds that have the field. */
  readonly location?: string | undefined;
  /** The strength from 0 to 1, for kinds that have the field. */
  readonly strength?: number | undefined;
  /** The text of a JSON object, with numbers as sent. */
  readonly metadata?: string | undefined;
  /** `canonicalJson` of the metadata, if it has been computed already. */
  readonly canonicalMetadata?: string | undefined;
}
