/** What each import endpoint takes. Source of names and limits: product documentation, "Backfill Endpoints". */
export const EMAIL_EVENTS = {
  endpoint: 'events/email',
  field: 'events',
  limit: 10_000,
  kind: 'email',
} as const;

export const WEB_EVENTS = {
  endpoint: 'events/web',
  field: 'events',
  limit: 10_000,
  kind: 'web',
} as const;

export const LOCATION_INTERESTS = {
  endpoint: 'contacts/location-interests',
  field: 'signals',
  limit: 5_000,
  kind: 'location-interests',
} as const;

export const LOCATION_HISTORY = {
  endpoint: 'contacts/location-history',
  field: 'observations',
  limit: 5_000,
  kind: 'location-history',
} as const;

export const CONTACTS = { endpoint: 'contacts', field: 'contacts', limit: 10_000 } as const;

/** The endpoints for events: one function is deployed for each. */
export const EVENT_IMPORTS = [EMAIL_EVENTS, WEB_EVENTS, LOCATION_INTERESTS, LOCATION_HISTORY] as const;
