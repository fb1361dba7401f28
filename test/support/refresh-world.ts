import type { QueueSender } from '#shared/aws/sqs.ts';
import type { CompanyStore } from '#shared/companies/company-store.ts';
import type { Contact } from '#shared/contacts/contact-item.ts';
import type { ApiResponse } from '#shared/http/api.ts';
import { JsonText } from '#shared/http/api.ts';
import type { RefreshMessage } from '#shared/refresh/messages.ts';
import { DEFAULT_SCORING } from '#shared/scoring/scoring-settings.ts';
import type { StoredSegment } from '#shared/segments/segment.ts';
import type { Definitions } from '#shared/segments/segment-store.ts';
import type { Standing } from '#shared/standings/standing-item.ts';
import { ORG, SARAH, SARAH_ID } from './builders.ts';

/** Ids in the format of the service. */
export const SEGMENT_ID = `seg_${'1'.padStart(26, '0')}`;
export const REFRESH_ID = `ref_${'1'.padStart(26, '0')}`;

/** A stored contact. */
export const aContact = (overrides: Partial<Contact> = {}): Contact => ({
  contactId: SARAH_ID,
  email: SARAH,
  attributes: new Map(),
  companies: [],
  createdAt: '2026-03-01T00:00:00.000Z',
  updatedAt: '2026-03-01T00:00:00.000Z',
  externalId: undefined,
  identities: [{ namespace: 'email', value: SARAH, linkedAt: Date.parse('2026-03-01T00:00:00.000Z') }],
  ...overrides,
});

/** The traits of companies in a service without any. */
export const NO_COMPANIES: Pick<CompanyStore, 'traits'> = { traits: async () => new Map() };

/** The standing of a contact, never refreshed unless overridden. */
export const aStanding = (overrides: Partial<Standing> = {}): Standing => ({
  contactId: SARAH_ID,
  version: 0,
  histories: [overrides.contactId ?? SARAH_ID],
  score: 0,
  interests: [],
  segments: new Map(),
  gone: false,
  ...overrides,
});

export const aSegment = (overrides: Partial<StoredSegment> = {}): StoredSegment => ({
  id: SEGMENT_ID,
  name: 'Openers',
  rule: { event: { kind: 'email', type: 'opened' } },
  createdAt: '2026-03-01T00:00:00.000Z',
  updatedAt: '2026-03-01T00:00:00.000Z',
  evaluationId: REFRESH_ID,
  ...overrides,
});

export const someDefinitions = (...segments: readonly StoredSegment[]): Definitions => ({
  version: 1,
  scoring: DEFAULT_SCORING,
  segments,
});

export const aRefreshMessage = (overrides: Partial<RefreshMessage> = {}): RefreshMessage => ({
  orgId: ORG,
  contactIds: [SARAH_ID],
  reason: 'job',
  consistent: false,
  job: { id: REFRESH_ID, page: 0, chunk: 0 },
  ...overrides,
});

/** A queue that records the messages sent to it. */
export const aQueue = <Message>(onSend: () => void = () => {}) => {
  const sent: Message[] = [];
  /** Messages that are received later. */
  const delayed: Message[] = [];
  const queue: QueueSender<Message> = {
    sendAll: async (messages, _budget, delaySeconds = 0) => {
      if (delaySeconds > 0) {
        delayed.push(...messages);
        return;
      }
      onSend();
      sent.push(...messages);
    },
  };
  return { sent, delayed, queue };
};

/** Ids in the format of contact ids, of contacts that do not exist. */
export const someIds = (count: number): string[] =>
  Array.from({ length: count }, (_, nth) => `c_${String(nth).padStart(16, '0')}`);

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
export const bodyOf = ({ body }: ApiResponse): any =>
  body instanceof JsonText ? JSON.parse(body.text) : body;
