import fc from 'fast-check';
import type { Item } from '#shared/aws/dynamodb.ts';
import { fromEventItem, historyKey, toEventItem } from '#shared/events/event-item.ts';
import { entryParser } from '#shared/events/event-schemas.ts';
import { typesOf } from '#shared/events/event-type.ts';
import type { HistoryEvent } from '#shared/events/kinds.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import { parseLossless } from '#shared/json/lossless-json.ts';
import { anEvent, NOW, ORG, SARAH_ID } from '#test/support/builders.ts';

const keyOf = (event: HistoryEvent, orgId = ORG, contactId = SARAH_ID): string => {
  const { pk, sk } = toEventItem(orgId, contactId, event);
  return `${pk?.S} ${sk?.S}`;
};

const YEAR_MS = 365 * 86_400_000;
const occurredAt = fc.integer({ min: NOW - 10 * YEAR_MS, max: NOW });
const metadata = fc
  .dictionary(fc.string(), fc.jsonValue(), { maxKeys: 5 })
  .map((each) => JSON.stringify(each));
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const eventId = fc.string({ minLength: 1, maxLength: 128, unit: 'grapheme' }).map((id) => id.slice(0, 128));
const word = fc.stringMatching(/^[a-z][a-z0-9]{0,10}(_[a-z0-9]{1,10}){0,3}$/);
const location = fc.string({ minLength: 1, maxLength: 256 });
/** Names of events: any text, with the separators of keys among the likely characters. */
const name = fc.oneof(
  fc.string({ minLength: 1, maxLength: 128, unit: 'binary' }),
  fc.string({ minLength: 1, maxLength: 8, unit: fc.constantFrom('#', '\n', 'id', 'fields', '.', 'ü') }),
);
const common = { occurredAt, metadata: optional(metadata), eventId: optional(eventId) };

const event: fc.Arbitrary<HistoryEvent> = fc.oneof(
  fc.record({
    ...common,
    kind: fc.constant('email' as const),
    type: fc.constantFrom(...(typesOf('email') ?? [])),
  }),
  fc.record({
    ...common,
    kind: fc.constant('web' as const),
    type: fc.constantFrom(...(typesOf('web') ?? [])),
  }),
  fc.record({
    ...common,
    kind: fc.constant('location-interests' as const),
    type: word,
    location,
    strength: fc.double({ min: 0, max: 1, noNaN: true }).map((strength) => strength + 0),
  }),
  fc.record({ ...common, kind: fc.constant('location-history' as const), type: word, location }),
  fc.record({ ...common, kind: fc.constant('track' as const), type: name }),
  fc.record({ ...common, kind: fc.constant('profile' as const), type: fc.constant('updated') }),
);

describe('an event’s item', () => {
  it('has a key of the contact’s history and the moment', () => {
    const item = toEventItem(ORG, SARAH_ID, anEvent({ metadata: '{"a":1.0}', eventId: 'e-1' }));

    expect(item).toEqual({
      pk: { S: historyKey(ORG, SARAH_ID) },
      sk: { S: expect.stringMatching(/^2025-11-15T10:30:00\.000Z#e[\w-]{16}$/) },
      t: { S: 'opened' },
      m: { S: '{"a":1.0}' },
      i: { S: 'e-1' },
    });
  });

  it('keeps its key across versions, so that stored rows are replaced and not duplicated', () => {
    const { sk } = toEventItem(ORG, SARAH_ID, anEvent({ metadata: '{"b":1,"a":[2]}' }));

    expect(sk?.S).toBe('2025-11-15T10:30:00.000Z#eWrTO0vzfg7vVqIV0');
  });

  it('has the same key whether its metadata is passed parsed or as text', () => {
    const entry = { contactEmail: 'a@b.c', type: 'opened', occurredAt: '2025-11-15T10:30Z' };
    fc.assert(
      fc.property(metadata, (text) => {
        const outcome = entryParser('email', NOW)({ ...entry, metadata: parseLossless(text) });
        if (outcome.kind === 'invalid') throw new Error(outcome.reason);
        const { canonicalMetadata, ...ofText } = outcome.event;

        expect(canonicalMetadata).toBeDefined();
        expect(keyOf(outcome.event)).toBe(keyOf(ofText));
      }),
    );
  });

  it('reads back as the event, with its organisation and contact', () => {
    fc.assert(
      fc.property(event, (each) => {
        const item = toEventItem(ORG, SARAH_ID, each);

        expect(fromEventItem(item)).toEqual({ orgId: ORG, contactId: SARAH_ID, sk: item['sk']?.S, ...each });
      }),
    );
  });

  it('sorts a contact’s history by time', () => {
    fc.assert(
      fc.property(event, event, (one, other) => {
        const [a, b] = [one, other].map((each) => toEventItem(ORG, SARAH_ID, each)['sk']?.S ?? '') as [
          string,
          string,
        ];

        if (one.occurredAt !== other.occurredAt) expect(a < b).toBe(one.occurredAt < other.occurredAt);
      }),
    );
  });

  it.each<[string, Item]>([
    ['nothing', {}],
    ['a row of another table', { pk: { S: 'o_testorgan2' }, sk: { S: 'imp_1' }, t: { S: 'opened' } }],
    [
      'an unknown kind',
      { ...toEventItem(ORG, SARAH_ID, anEvent()), sk: { S: '2025-11-15T10:30:00.000Z#xAAAAAAAAAAAAAAAA' } },
    ],
    [
      'no type',
      { pk: { S: historyKey(ORG, SARAH_ID) }, sk: { S: '2025-11-15T10:30:00.000Z#eAAAAAAAAAAAAAAAA' } },
    ],
    ['metadata as a map', { ...toEventItem(ORG, SARAH_ID, anEvent()), m: { M: {} } }],
  ])('cannot be read from %s', (_case, item) => {
    expect(() => fromEventItem(item)).toThrow(expect.objectContaining({ name: 'ValiError' }));
  });
});

describe('the same event has the same key', () => {
  it('every time', () => {
    fc.assert(
      fc.property(event, (each) => {
        expect(keyOf(structuredClone(each))).toBe(keyOf(each));
      }),
    );
  });

  it.each([
    ['the order of keys', '{"a":1,"b":{"c":2,"d":3}}', '{"b":{"d":3,"c":2},"a":1}'],
    [
      'the order of keys next to numbers that a double does not preserve',
      '{"a":1.0,"b":2}',
      '{"b":2,"a":1.0}',
    ],
    ['the order of __proto__ keys', '{"__proto__":1,"b":2}', '{"b":2,"__proto__":1}'],
  ])('regardless of %s in metadata', (_case, one, other) => {
    expect(keyOf(anEvent({ metadata: one }))).toBe(keyOf(anEvent({ metadata: other })));
  });

  it('if it has the same eventId, whatever else was corrected', () => {
    const first = anEvent({ eventId: 'e-1', metadata: '{"a":1}' });
    const corrections = [
      { metadata: '{"a":2}' },
      { metadata: undefined },
      { location: 'Austin' },
      { strength: 1 },
    ];

    const keys = new Set(
      [first, ...corrections.map((fields) => ({ ...first, ...fields }))].map((each) => keyOf(each)),
    );

    expect(keys.size).toBe(1);
  });
});

describe('a different event has a different key', () => {
  const base = anEvent({ metadata: '{"a":1}' });
  const interest = anEvent({ kind: 'location-interests', type: 'search', location: 'Austin', strength: 0.5 });

  it.each<[string, HistoryEvent, Partial<HistoryEvent>]>([
    ['type', base, { type: 'clicked' }],
    ['kind', base, { kind: 'web' }],
    ['moment', base, { occurredAt: base.occurredAt + 1 }],
    ['metadata', base, { metadata: '{"a":2}' }],
    [
      'number beyond double precision',
      anEvent({ metadata: '{"id":12345678901234567890}' }),
      { metadata: '{"id":12345678901234567891}' },
    ],
    ['order in an array', anEvent({ metadata: '{"a":[1,2]}' }), { metadata: '{"a":[2,1]}' }],
    ['value’s type', base, { metadata: '{"a":"1"}' }],
    ['metadata, empty instead of none', anEvent(), { metadata: '{}' }],
    ['__proto__ key', anEvent({ metadata: '{"__proto__":{"a":1}}' }), { metadata: '{"__proto__":{"a":2}}' }],
    ['eventId', anEvent({ eventId: 'e-1' }), { eventId: 'e-2' }],
    ['eventId instead of none', base, { eventId: 'e-1' }],
    ['type under the same eventId', anEvent({ eventId: 'e-1' }), { type: 'clicked' }],
    ['moment under the same eventId', anEvent({ eventId: 'e-1' }), { occurredAt: 0 }],
    ['location', interest, { location: 'Denver' }],
    ['strength', interest, { strength: 0.6 }],
    ['metadata of a signal', interest, { metadata: '{}' }],
  ])('with a different %s', (_case, one, other) => {
    expect(keyOf({ ...one, ...other })).not.toBe(keyOf(one));
  });

  // A number that a double cannot represent is parsed into an object with the property rawJSON.
  it('with an object with the property rawJSON instead of a number', () => {
    const [number, object] = ['{"a":1.0}', '{"a":{"rawJSON":"1.0"}}'].map((metadata) =>
      keyOf(anEvent({ metadata })),
    );

    expect(number).not.toBe(object);
  });

  it('for another contact or organisation', () => {
    const keys = new Set([
      keyOf(base),
      keyOf(base, 'o_otherorgan', SARAH_ID),
      keyOf(base, ORG, contactIdOf(ORG, 'james@example.com')),
    ]);

    expect(keys.size).toBe(3);
  });

  it('for any two different pairs of a name and an eventId', () => {
    const part = fc.string({
      minLength: 1,
      maxLength: 4,
      unit: fc.constantFrom('a', '\n', 'id', 'fields', '"'),
    });
    const pairs = fc.tuple(part, fc.option(part, { nil: undefined }));
    fc.assert(
      fc.property(
        fc.uniqueArray(pairs, { minLength: 2, maxLength: 10, selector: (pair) => JSON.stringify(pair) }),
        (each) => {
          const keys = each.map(([type, eventId]) => keyOf(anEvent({ kind: 'track', type, eventId })));

          expect(new Set(keys).size).toBe(each.length);
        },
      ),
    );
  });

  it('for a name and an eventId whose line breaks could be read as their border', () => {
    const [one, other] = [
      { type: 'a', eventId: 'b\nid\nc' },
      { type: 'a\nid\nb', eventId: 'c' },
    ].map((fields) => keyOf(anEvent({ kind: 'track', ...fields })));

    expect(one).not.toBe(other);
  });

  it('for any two different eventIds', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 10 }), (ids) => {
        expect(new Set(ids.map((id) => keyOf(anEvent({ eventId: id })))).size).toBe(ids.length);
      }),
    );
  });
});
