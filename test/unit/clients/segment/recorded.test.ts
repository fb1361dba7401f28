import { messagesOfRequest, type SegmentPath } from '#shared/clients/segment/request.ts';
import { translateSegment } from '#shared/clients/segment/translate.ts';
import type { HistoryMessage } from '#shared/imports/history-message.ts';
import { parseLossless } from '#shared/json/lossless-json.ts';
import { NOW } from '#test/support/builders.ts';

/** What vendors' clients sent when they were run against a local server; ids and addresses are invented. */
const AT = Date.parse('2023-03-04T05:06:07.000Z');

const translatedRequest = (path: SegmentPath, body: object): HistoryMessage[] => {
  const request = messagesOfRequest(path, parseLossless(JSON.stringify(body)) as Record<string, unknown>);
  if (request.kind === 'rejected') throw new Error(request.reason);
  return request.messages.map((message) => {
    const translation = translateSegment(message, { receivedAt: NOW });
    if (translation.kind === 'rejected') throw new Error(translation.reason);
    return translation.message;
  });
};

const context = { library: { name: '@segment/analytics-node', version: '3.1.0' } };
const segmentNode = {
  timestamp: '2023-03-04T05:06:07.000Z',
  integrations: {},
  context,
  messageId: 'node-next-1677906367000-3f0c1c5e-0000-4000-8000-000000000001',
  _metadata: { nodeVersion: 'v20.20.2', jsRuntime: 'node' },
};
const python = {
  integrations: {},
  anonymousId: null,
  timestamp: '2023-03-04T05:06:07.000+00:00',
  context: { library: { name: 'analytics-python', version: '2.4.0' } },
  messageId: '8d1c2b74-0000-4000-8000-000000000002',
};
const rudderNode = {
  context: { library: { name: 'analytics-node', version: '3.0.13' } },
  _metadata: { nodeVersion: '20.20.2' },
  channel: 'server',
  originalTimestamp: '2026-03-15T11:59:58.000Z',
  sentAt: '2026-03-15T11:59:59.000Z',
  messageId: 'b5f5a6c2-0000-4000-8000-000000000003',
};

describe('what clients were recorded to send is understood', () => {
  it.each<[string, SegmentPath, object, Partial<HistoryMessage>]>([
    [
      'a track of Segment for Node',
      'batch',
      {
        batch: [{ ...segmentNode, event: 'Old Event', type: 'track', properties: { a: 1 }, userId: 'u1' }],
        writeKey: 'secret',
        sentAt: '2026-03-15T11:59:59.000Z',
      },
      {
        id: segmentNode.messageId,
        names: { userId: 'u1' },
        at: AT,
        event: { kind: 'track', type: 'Old Event', metadata: '{"a":1}', canonicalMetadata: '{"a":1}' },
      },
    ],
    [
      'an identify of Segment for Node',
      'batch',
      {
        batch: [{ ...segmentNode, type: 'identify', traits: { email: 'ada@example.com' }, userId: 'u1' }],
      },
      {
        names: { userId: 'u1', email: 'ada@example.com' },
        attributes: new Map([['email', '"ada@example.com"']]),
      },
    ],
    [
      'a group of Segment for Node',
      'batch',
      { batch: [{ ...segmentNode, type: 'group', groupId: 'g1', traits: { name: 'Acme' }, userId: 'u1' }] },
      { company: { groupId: 'g1', traits: new Map([['name', '"Acme"']]), isMember: true } },
    ],
    [
      'a page of Segment for Node, whose category is sent twice',
      'batch',
      {
        batch: [
          {
            ...segmentNode,
            type: 'page',
            name: 'Home',
            category: 'Docs',
            properties: { category: 'Docs', url: 'https://example.com/' },
            anonymousId: 'a1',
          },
        ],
      },
      {
        names: { anonymousId: 'a1' },
        event: {
          kind: 'web',
          type: 'page_view',
          metadata: '{"name":"Home","category":"Docs","url":"https://example.com/"}',
          canonicalMetadata: '{"category":"Docs","name":"Home","url":"https://example.com/"}',
        },
      },
    ],
    [
      'an alias of Segment for Node',
      'batch',
      { batch: [{ ...segmentNode, type: 'alias', previousId: 'a1', userId: 'u1' }] },
      {
        names: { userId: 'u1' },
        absorbed: [
          { namespace: 'userId', shown: 'a1' },
          { namespace: 'anonymousId', shown: 'a1' },
        ],
      },
    ],
    [
      'a page of Segment for Python, with null for what it lacks',
      'batch',
      {
        batch: [{ ...python, type: 'page', name: null, category: null, properties: {}, userId: 'u1' }],
        sentAt: '2026-03-15T11:59:59.166737+00:00',
      },
      { names: { userId: 'u1' }, at: AT, event: { kind: 'web', type: 'page_view' } },
    ],
    [
      'a track of analytics-node 6 and June 6, within an envelope that has the time of sending',
      'batch',
      {
        batch: [
          {
            userId: 'u1',
            event: 'Old Event',
            properties: {},
            timestamp: '2023-03-04T05:06:07.000Z',
            type: 'track',
            context: { groupId: 'g1', library: { name: 'analytics-node', version: '6.1.1' } },
            _metadata: { nodeVersion: '20.20.2' },
            messageId: 'node-0cc175b9c0f1b6a831c399e269772661-1',
          },
        ],
        timestamp: '2026-03-15T11:59:59.000Z',
        sentAt: '2026-03-15T11:59:59.000Z',
      },
      { at: AT, company: { groupId: 'g1', traits: new Map(), isMember: true } },
    ],
    [
      'an identify of RudderStack for Node, whose traits are sent twice',
      'batch',
      {
        batch: [
          {
            ...rudderNode,
            type: 'identify',
            userId: 'u1',
            timestamp: '2023-03-04T05:06:07.000Z',
            traits: { plan: 'pro' },
            context: { ...rudderNode.context, traits: { plan: 'pro' } },
          },
        ],
      },
      {
        at: AT,
        attributes: new Map([['plan', '"pro"']]),
        event: {
          kind: 'profile',
          type: 'updated',
          metadata: '{"plan":"pro"}',
          canonicalMetadata: '{"plan":"pro"}',
        },
      },
    ],
    [
      'a track of RudderStack for Node with the time of the call',
      'batch',
      { batch: [{ ...rudderNode, type: 'track', event: 'Now', userId: 'u1' }] },
      { id: rudderNode.messageId, at: NOW - 2_000, event: { kind: 'track', type: 'Now' } },
    ],
    [
      'an identify of RudderStack for Python, whose traits are in the context alone',
      'batch',
      {
        batch: [
          {
            type: 'identify',
            integrations: { All: true },
            channel: 'server',
            timestamp: '2023-03-04T05:06:07+00:00',
            context: {
              library: { name: 'rudderstack', version: '2.1.9' },
              traits: { email: 'ada@example.com' },
            },
            userId: 'u1',
            anonymousId: null,
            messageId: 'c0ffee00-0000-4000-8000-000000000004',
          },
        ],
        sentAt: '2026-03-15T11:59:59+00:00',
      },
      {
        names: { userId: 'u1', email: 'ada@example.com' },
        at: AT,
        attributes: new Map([['email', '"ada@example.com"']]),
      },
    ],
    [
      'a single call of Customer.io Pipelines for Node, which has no type',
      'track',
      {
        userId: 'u1',
        event: 'purchased',
        properties: { price: 23.45 },
        messageId: 'd15ea5e0-0000-4000-8000-000000000005',
        timestamp: '2023-03-04T05:06:07.000Z',
        context: { library: { name: 'customerio-node', version: '5.2.0' } },
      },
      {
        at: AT,
        event: {
          kind: 'track',
          type: 'purchased',
          metadata: '{"price":23.45}',
          canonicalMetadata: '{"price":23.45}',
        },
      },
    ],
    [
      "the page of Customer.io's own backfill, with unix seconds",
      'track',
      { userId: '5', event: 'purchased', timestamp: 1677906367 },
      { id: undefined, names: { userId: '5' }, at: AT },
    ],
    [
      'an import of analytics-ruby',
      'import',
      {
        sentAt: '2026-03-15T11:59:59.000Z',
        batch: [
          {
            context: { library: { name: 'analytics-ruby', version: '2.5.0' } },
            messageId: 'feedface-0000-4000-8000-000000000006',
            timestamp: '2023-03-04T05:06:07.000Z',
            userId: 'u1',
            type: 'screen',
            name: 'Home',
            options: {},
          },
        ],
      },
      {
        at: AT,
        event: {
          kind: 'web',
          type: 'page_view',
          metadata: '{"name":"Home","screen":true}',
          canonicalMetadata: '{"name":"Home","screen":true}',
        },
      },
    ],
    [
      'a batch of analytics-go and analytics-java, whose context is in the envelope',
      'batch',
      {
        messageId: 'envelope',
        sentAt: '2026-03-15T11:59:59Z',
        context: { groupId: 'g1', library: { name: 'analytics-go', version: '3.3.0' } },
        batch: [
          { type: 'track', event: 'x', userId: 'u1', messageId: 'm', timestamp: '2023-03-04T05:06:07Z' },
        ],
      },
      { id: 'm', at: AT, company: { groupId: 'g1', traits: new Map(), isMember: true } },
    ],
    [
      "June's track, with an address at the root",
      'track',
      { type: 'track', event: 'x', email: 'ada@example.com', timestamp: '2023-03-04T05:06:07Z' },
      { names: { email: 'ada@example.com' }, at: AT },
    ],
  ])('%s', (_case, path, body, expected) => {
    const [message] = translatedRequest(path, body);

    expect(message).toEqual({ ...message, ...expected });
  });
});
