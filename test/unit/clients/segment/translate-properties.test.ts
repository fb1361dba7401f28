import fc from 'fast-check';
import { messagesOfRequest } from '#shared/clients/segment/request.ts';
import { translateSegment } from '#shared/clients/segment/translate.ts';
import { isJsonObject, numberOf, parseLossless } from '#shared/json/lossless-json.ts';
import { NOW } from '#test/support/builders.ts';
import { translated, translatedText } from '#test/support/segment-messages.ts';

const PATHS = ['identify', 'track', 'page', 'screen', 'group', 'alias', 'batch', 'import'] as const;
const TYPES = [...PATHS.slice(0, 6), 'merge', null];

const EVENTS = [
  'Purchased',
  'Email Opened',
  'Device Created or Updated',
  'Device Deleted',
  'Relationship Deleted',
];

const id = fc.oneof(
  fc.constantFrom('u1', 'a1', '', ' ', null, 17),
  fc.string({ unit: 'binary' }),
  fc.jsonValue(),
);

const time = fc.oneof(
  fc
    .date({ min: new Date('2017-01-01'), max: new Date(NOW), noInvalidDate: true })
    .map((at) => at.toISOString()),
  fc.integer({ min: 1_500_000_000, max: NOW / 1_000 }),
  fc.constantFrom(undefined, null, '', 'soon', 1e20, -1),
);

const map = fc.oneof(
  fc.record(
    {
      email: fc.constantFrom('ada@example.com', 'n/a', null),
      phone: fc.constantFrom('+12133734253', 17),
      createdAt: time,
      url: fc.string(),
      name: fc.jsonValue(),
      objectId: id,
      object_type_id: id,
      device: fc.record({ token: id, type: fc.constant('ios') }, { requiredKeys: [] }),
      context: fc.jsonValue(),
      other: fc.jsonValue(),
    },
    { requiredKeys: [] },
  ),
  fc.constantFrom(null, [], 'x'),
);

/** Messages as they are sent, most of them valid, and some odd in any part. */
const message = fc.record(
  {
    type: fc.constantFrom(...TYPES),
    userId: id,
    anonymousId: id,
    previousId: id,
    groupId: id,
    messageId: id,
    event: fc.oneof(fc.constantFrom(...EVENTS), id),
    name: id,
    category: id,
    timestamp: time,
    originalTimestamp: time,
    email: fc.constantFrom('ada@example.com', 'n/a', 1),
    properties: map,
    traits: map,
    context: fc.oneof(map, fc.record({ traits: map, groupId: id, device: map }, { requiredKeys: [] })),
    objectTypeId: id,
  },
  { requiredKeys: ['type', 'userId', 'event'] },
);

const isJson = (text: string): boolean => {
  JSON.parse(text);
  return true;
};

describe('translating messages of Segment-shaped clients', () => {
  it('has an outcome for any JSON', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          message.map((sent) => JSON.stringify(sent)),
        ),
        (json) => {
          const translation = translatedText(json);

          expect(['message', 'rejected']).toContain(translation.kind);
        },
      ),
    );
  });

  it('has an outcome for any request', () => {
    const body = fc.oneof(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.record({ batch: fc.array(fc.oneof(message, fc.jsonValue())), context: map }, { requiredKeys: [] }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...PATHS), body, (path, sent) => {
        const request = messagesOfRequest(
          path,
          parseLossless(JSON.stringify(sent)) as Record<string, unknown>,
        );

        const messages = request.kind === 'messages' ? request.messages : [];
        const outcomes = messages.map((each) => translateSegment(each, { receivedAt: NOW }).kind);
        expect(outcomes.every((kind) => kind === 'message' || kind === 'rejected')).toBe(true);
      }),
    );
  });

  it('results in valid JSON texts, times and names', () => {
    fc.assert(
      fc.property(message, (sent) => {
        const translation = translated(sent);
        fc.pre(translation.kind === 'message');
        const { names, at, attributes, createdAt, event, company, devices, absorbed } = translation.message;

        const texts = [attributes, company?.traits, devices].flatMap((values) => [
          ...(values?.values() ?? []),
        ]);
        expect(texts.every(isJson)).toBe(true);
        expect(isJsonObject(JSON.parse(event?.metadata ?? '{}'))).toBe(true);
        expect(JSON.parse(event?.canonicalMetadata ?? '{}')).toEqual(JSON.parse(event?.metadata ?? '{}'));
        expect(new Date(at).toISOString()).toHaveLength(24);
        expect(new Date(createdAt ?? 0).toISOString()).toHaveLength(24);
        expect(Object.values(names).every((name) => name !== '')).toBe(true);
        expect(Object.keys(names).length > 0 || company !== undefined).toBe(true);
        expect((absorbed ?? []).every(({ shown }) => shown !== '')).toBe(true);
      }),
    );
  });

  it('names in its reason the field that breaks the rule', () => {
    fc.assert(
      fc.property(message, (sent) => {
        const translation = translated(sent);
        fc.pre(translation.kind === 'rejected');
        const { field, reason } = translation;

        expect(reason.includes(field ?? '') || reason.endsWith('is not supported yet')).toBe(true);
      }),
    );
  });

  it('results in the same when the client sends the message again', () => {
    const retry = fc.record({ sentAt: fc.string(), library: fc.jsonValue(), receivedAt: fc.nat(60_000) });
    fc.assert(
      fc.property(message, time, retry, (sent, timestamp, { sentAt, library, receivedAt }) => {
        fc.pre(numberOf(timestamp) !== undefined || (timestamp ?? '') !== '');
        const first = { ...sent, timestamp };
        const context = isJsonObject(first.context)
          ? { ...first.context, library }
          : (first.context ?? { library });

        const translations = [
          translateSegment(first, { receivedAt: NOW }),
          translateSegment({ ...first, sentAt, context }, { receivedAt: NOW + receivedAt }),
        ];

        expect(translations[1]).toEqual(translations[0]);
      }),
    );
  });
});
