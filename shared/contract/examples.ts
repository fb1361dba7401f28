// Examples of requests and responses. Source: product documentation, "Example Request", "Response Format".

/** The body of `contacts/batch`. */
export const CONTACTS_BATCH = {
  contacts: [
    {
      email: 'sarah@example.com',
      externalId: 'mc_10021',
      attributes: { plan: 'pro', city: 'Austin' },
      createdAt: '2021-03-04T09:00:00Z',
    },
    { email: 'james@example.com', attributes: { plan: 'free' } },
  ],
};

/** The response of `contacts/batch`. */
export const CONTACT_IMPORT_ANSWER = {
  imported: 2,
  skipped: 0,
  errors: [],
  contacts: [
    { index: 0, contactId: 'c_KgDSk4MmkYbkaMDE', created: true },
    { index: 1, contactId: 'c_9U6kCQxHfxWAYhBD', created: false },
  ],
};

/** The body of a merge. */
export const MERGE = { from: { userId: 'shop_4711' }, into: { email: 'sarah@example.com' } };

/** The response to a merge. */
export const MERGE_ANSWER = { contactId: 'c_KgDSk4MmkYbkaMDE', merged: true };

/** The response of an event endpoint. */
export const EVENT_IMPORT_ANSWER = {
  imported: 847,
  skipped: 3,
  errors: [
    { index: 12, contactEmail: 'unknown@example.com', reason: 'Contact not found' },
    { index: 45, contactEmail: 'sarah@example.com', reason: 'occurredAt is in the future' },
    { index: 199, contactEmail: 'james@example.com', reason: "Invalid event type: 'forward'" },
  ],
};

/** The profile of a contact. */
export const PROFILE = {
  contactId: 'c_KgDSk4MmkYbkaMDE',
  email: 'sarah@example.com',
  externalId: 'mc_10021',
  identities: [
    { namespace: 'userId', value: 'mc_10021', linkedAt: '2026-01-12T15:04:05.123Z' },
    { namespace: 'email', value: 'sarah@example.com', linkedAt: '2026-01-12T15:04:05.123Z' },
  ],
  createdAt: '2021-03-04T09:00:00.000Z',
  updatedAt: '2026-01-12T15:04:05.123Z',
  engagementScore: 4.871,
  scoredAt: '2026-01-12T15:10:00.000Z',
  stale: false,
  locationInterests: [
    { location: 'Austin, TX', score: 0.4512 },
    { location: 'Denver, CO', score: 0.1476 },
  ],
  segments: [
    { id: 'seg_01KEFT9X3T0V6W1Y6Q2J4M8R5B', name: 'Engaged', enteredAt: '2026-01-12T15:10:00.000Z' },
  ],
  lastActivityAt: '2025-12-10T16:00:00.000Z',
  companies: [{ groupId: 'acme-inc', name: 'Acme Inc.' }],
  attributes: { plan: 'pro', city: 'Austin' },
};

/** A company. */
export const COMPANY = {
  groupId: 'acme-inc',
  createdAt: '2026-01-12T15:04:05.123Z',
  updatedAt: '2026-01-12T15:04:05.123Z',
  traits: { name: 'Acme Inc.', employees: 212, plan: 'enterprise' },
};

/** A member of a company. */
export const COMPANY_MEMBER = {
  contactId: 'c_KgDSk4MmkYbkaMDE',
  email: 'sarah@example.com',
  externalId: 'mc_10021',
};

/** An event of a timeline. */
export const ACTIVITY = {
  kind: 'web',
  type: 'conversion',
  occurredAt: '2025-12-01T14:25:00.000Z',
  metadata: { url: 'https://shop.example.com/checkout/complete', value: 129.99, orderId: 'ORD-9182' },
};

/** The body of a refresh of named contacts. */
export const REFRESH = { contactIds: ['c_KgDSk4MmkYbkaMDE', 'c_9U6kCQxHfxWAYhBD', 'c_AAAAAAAAAAAAAAAA'] };

/** The response to a refresh of named contacts. */
export const REFRESH_ANSWER = {
  refreshId: 'ref_01KEFTA0M3K6H2Z5E8D1N7C4XG',
  accepted: 2,
  notFound: ['c_AAAAAAAAAAAAAAAA'],
};

/** The progress of a refresh. */
export const PROGRESS = {
  refreshId: 'ref_01KEFTA0M3K6H2Z5E8D1N7C4XG',
  status: 'running',
  total: 2,
  done: 1,
  failed: 0,
};

/** The scoring settings of an organisation. */
export const SCORING = {
  halfLives: { engagement: '30d', locationInterest: '2w' },
  weights: { 'email.opened': 1, 'email.clicked': 4, 'location-interests.search': 1.5 },
  track: { purchased: 10 },
  trackDefault: 1,
};

/** The body that defines a segment. */
export const SEGMENT_BODY = {
  name: 'Engaged',
  rule: {
    all: [
      { event: { kind: 'email', type: 'opened', atLeast: 1, within: '30d' } },
      { not: { event: { kind: 'email', type: 'unsubscribed' } } },
      { any: [{ score: { atLeast: 20 } }, { attribute: { name: 'plan', equals: 'pro' } }] },
    ],
  },
};

/** A segment while it is being evaluated. */
export const SEGMENT = {
  id: 'seg_01KEFT9X3T0V6W1Y6Q2J4M8R5B',
  ...SEGMENT_BODY,
  createdAt: '2026-01-12T15:08:00.000Z',
  updatedAt: '2026-01-12T15:08:00.000Z',
  evaluation: { status: 'running', total: 212, done: 140, failed: 0 },
};

/** A member of a segment. */
export const MEMBER = { contactId: 'c_KgDSk4MmkYbkaMDE', enteredAt: '2026-01-12T15:10:00.000Z' };

/** A series of weekly counts. */
export const SERIES = {
  series: [
    { start: '2025-11-03T00:00:00.000Z', counts: { clicked: 2, opened: 12 } },
    { start: '2025-11-10T00:00:00.000Z', counts: {} },
    { start: '2025-11-17T00:00:00.000Z', counts: { opened: 3, unsubscribed: 1 } },
  ],
  totals: { clicked: 2, opened: 15, unsubscribed: 1 },
};

/** The receipt of an import. */
export const RECEIPT = {
  id: 'imp_01KEFT2NV5Q4M5P0J7S5D1A0ZC',
  endpoint: 'events/email',
  receivedAt: '2026-01-12T15:04:05.123Z',
  state: 'completed',
  received: 850,
  contacts: 212,
  imported: 847,
  skipped: 3,
  reasons: { 'Contact not found': 1, 'occurredAt is in the future': 1, 'Invalid event type': 1 },
  completedAt: '2026-01-12T15:04:05.623Z',
  note: null,
};
