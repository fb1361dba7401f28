/** Email engagement, as the product documentation lists it. */
export const EMAIL_TYPES = [
  'sent',
  'delivered',
  'opened',
  'clicked',
  'bounced',
  'unsubscribed',
  'complained',
] as const;

/** Web tracking, as the product documentation lists it. */
export const WEB_TYPES = ['page_view', 'conversion', 'click', 'form_submit', 'custom'] as const;

/** The four kinds of events. One word each, in paths, rules, keys and answers alike. */
export const KINDS = ['email', 'web', 'location-interests', 'location-history'] as const;
export type Kind = (typeof KINDS)[number];

/** What happened once, to one contact. */
export interface HistoryEvent {
  readonly kind: Kind;
  /** Of email and web the event type, of location-interests the signalType, of location-history the source. */
  readonly type: string;
  /** Milliseconds since 1970 (UTC). */
  readonly occurredAt: number;
  /** The sender's own id of the event: with it, a second sending with other fields is a correction. */
  readonly eventId?: string | undefined;
  /** Of the location kinds, as sent. */
  readonly location?: string | undefined;
  /** Of location-interests, 0 to 1. */
  readonly strength?: number | undefined;
  /** A JSON object's text, with numbers as sent. */
  readonly metadata?: string | undefined;
  /** `canonicalJson` of the metadata, where the event comes from one who has it at hand. */
  readonly canonicalMetadata?: string | undefined;
}
