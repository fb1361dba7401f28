import { NOW } from '#test/support/builders.ts';
import { anOperation, messageOf, messagesOf, translated } from '#test/support/customer-io.ts';

const attributesOf = (attributes: unknown) => messageOf(anOperation({ attributes })).attributes;

const manyAttributes = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, nth) => [`a${nth}`, nth]));

describe('an identify', () => {
  it('says what is true of a person at its time, as an event as well', () => {
    const message = messageOf(
      anOperation({
        timestamp: 1677906367,
        attributes: { plan: 'pro', seats: JSON.rawJSON('1.0'), b: null },
      }),
    );

    expect(message).toMatchObject({
      id: undefined,
      names: { userId: 'u1' },
      at: 1677906367_000,
      attributes: new Map([
        ['plan', '"pro"'],
        ['seats', '1.0'],
        ['b', 'null'],
      ]),
      event: {
        kind: 'profile',
        type: 'updated',
        metadata: '{"plan":"pro","seats":1.0,"b":null}',
        canonicalMetadata: '{"b":null,"plan":"pro","seats":1.0}',
      },
      mustExist: false,
    });
    expect([message.createdAt, message.company, message.devices, message.absorbed]).toEqual(
      Array.from({ length: 4 }),
    );
  });

  it.each([[{}], [undefined], [null], [[]], [{ _timestamp: 1677906367, _update: false }], [{ id: 'u1' }]])(
    'with the attributes %j names the person only',
    (attributes) => {
      const message = messageOf(anOperation({ attributes }));

      expect([message.names, message.attributes, message.event]).toEqual([
        { userId: 'u1' },
        undefined,
        undefined,
      ]);
    },
  );

  it.each([
    [{ timestamp: 1677906367 }, 1677906367_000],
    [{ timestamp: '1677906367' }, 1677906367_000],
    [{ timestamp: 1677906367123 }, 1677906367_123],
    [{ timestamp: null, attributes: { _timestamp: 1677906367 } }, 1677906367_000],
    [{ attributes: { _timestamp: '1677906367', timestamp: 1 } }, 1677906367_000],
    [{ timestamp: 1677906367, attributes: { _timestamp: 1 } }, 1677906367_000],
    [{}, NOW],
    [{ timestamp: NOW / 1000 + 300 }, NOW + 300_000],
  ])('%j is true at %d', (fields, at) => {
    expect(messageOf(anOperation(fields)).at).toBe(at);
  });

  it('leaves out what is an instruction, and keeps preferences', () => {
    const attributes = attributesOf({
      _last_emailed: 1,
      _update: true,
      cio_relationships: [],
      cio_subscription_preferences: { topics: { topic_1: true } },
      'cio_subscription_preferences.topics.topic_2': false,
      unsubscribed: 'TRUE',
      empty: '',
    });

    expect(attributes).toEqual(
      new Map([
        ['cio_subscription_preferences', '{"topics":{"topic_1":true}}'],
        ['cio_subscription_preferences.topics.topic_2', 'false'],
        ['unsubscribed', '"TRUE"'],
        ['empty', '""'],
      ]),
    );
  });

  it('keeps an attribute whatever its name', () => {
    const attributes = attributesOf(JSON.parse('{"toString":1,"constructor":2,"hasOwnProperty":3}'));

    expect([...(attributes ?? [])]).toEqual([
      ['toString', '1'],
      ['constructor', '2'],
      ['hasOwnProperty', '3'],
    ]);
  });

  it.each([
    [true, true],
    ['true', true],
    [false, false],
    [null, false],
    ['', false],
    [1, false],
  ])('with _update %j is skipped for a new person: %s', (_update, mustExist) => {
    expect(messageOf(anOperation({ attributes: { _update, a: 1 } })).mustExist).toBe(mustExist);
  });

  it.each([
    [1361205308, 1361205308_000],
    ['1361205308', 1361205308_000],
    [1361205308123, 1361205308_123],
    ['2013-02-18T16:35:08Z', 1361205308_000],
    [0, undefined],
    [-1, undefined],
    ['', undefined],
    [null, undefined],
    ['yesterday', undefined],
    [{}, undefined],
    [NOW / 1000 + 301, undefined],
  ])('with created_at %j is of a person created at %p', (created_at, createdAt) => {
    const message = messageOf(anOperation({ attributes: { created_at } }));

    expect(message.createdAt).toBe(createdAt);
    expect(message.attributes?.get('created_at')).toBe(JSON.stringify(created_at));
  });
});

describe('the names of a person', () => {
  it.each<[object, object, object, string[]]>([
    [{ id: 'u1' }, {}, { userId: 'u1' }, []],
    [{ id: 42 }, {}, { userId: '42' }, []],
    [{ id: JSON.rawJSON('12345678901234567890') }, {}, { userId: '12345678901234567890' }, []],
    [{ id: 'sarah@example.com' }, {}, { userId: 'sarah@example.com' }, []],
    [{ id: '', email: 'a@b.co' }, {}, { email: 'a@b.co' }, []],
    [{ id: null, email: ' Sarah@example.com ' }, {}, { email: 'Sarah@example.com' }, []],
    [{ phone: '+1 (415) 555-2671' }, {}, { phone: '+14155552671' }, []],
    [{ cio_id: 'a3000001' }, {}, { cioId: 'a3000001' }, []],
    [{ anonymous_id: 'anon' }, {}, { anonymousId: 'anon' }, []],
    [
      { id: 'u1' },
      { email: 'a@b.co', phone: '+14155552671', anonymous_id: 'anon', cio_id: 'c1', id: 'u1' },
      { userId: 'u1', email: 'a@b.co', phone: '+14155552671', anonymousId: 'anon', cioId: 'c1' },
      ['email', 'phone'],
    ],
    [{ email: 'a@b.co' }, { id: 7, email: 'A@b.co' }, { email: 'a@b.co', userId: '7' }, ['email']],
    [{ id: 'u1' }, { id: 'u2' }, { userId: 'u1' }, ['id']],
    [{ email: 'a@b.co' }, { email: 'new@b.co' }, { email: 'a@b.co' }, ['email']],
    [{ id: 'u1' }, { email: 'none', phone: '555' }, { userId: 'u1' }, ['email', 'phone']],
    [{ id: 'u1' }, { id: {}, anonymous_id: ['x'] }, { userId: 'u1' }, ['id', 'anonymous_id']],
    [{ id: 'u1' }, { id: null, anonymous_id: '', cio_id: null }, { userId: 'u1' }, []],
    [{ id: 'u1' }, { email: null }, { userId: 'u1' }, ['email']],
  ])('%j with the attributes %j are %j', (identifiers, attributes, names, kept) => {
    const message = messageOf(anOperation({ identifiers, attributes }));

    expect(message.names).toEqual(names);
    expect([...(message.attributes?.keys() ?? [])].sort()).toEqual(kept.sort());
  });
});

describe('the companies of an identify', () => {
  const ACME = {
    identifiers: { object_type_id: '1', object_id: 'acme' },
    relationship_attributes: { role: 'admin' },
  };
  const COURSE = { identifiers: { object_type_id: 2, object_id: 17 } };
  const CIO = { identifiers: { cio_object_id: 'ob1' } };

  it.each([
    ['version 2', { cio_relationships: [ACME, COURSE, CIO], attributes: { a: 1, _update: true } }, true],
    [
      'version 1',
      {
        attributes: {
          a: 1,
          _update: true,
          cio_relationships: { action: 'add_relationships', relationships: [ACME, COURSE, CIO] },
        },
      },
      true,
    ],
    [
      'version 1 without an action',
      {
        attributes: {
          a: 1,
          _update: true,
          cio_relationships: { action: null, relationships: [ACME, COURSE, CIO] },
        },
      },
      true,
    ],
    [
      'version 1, deleted',
      {
        attributes: {
          a: 1,
          _update: true,
          cio_relationships: { action: 'delete_relationships', relationships: [ACME, COURSE, CIO] },
        },
      },
      false,
    ],
  ])('are a message each: %s', (_case, fields, isMember) => {
    const messages = messagesOf(anOperation({ timestamp: 1677906367, ...fields }));

    const said = messages.map(({ names, at, mustExist, company }) => ({ names, at, mustExist, company }));
    const common = { names: { userId: 'u1' }, at: 1677906367_000, mustExist: true };
    expect(said).toEqual(
      ['acme', '2:17', 'cio:ob1'].map((groupId) => ({
        ...common,
        company: { groupId, traits: new Map(), isMember },
      })),
    );
    expect(messages.map(({ attributes }) => attributes?.size)).toEqual([1, undefined, undefined]);
    expect(messages.map(({ event }) => event?.kind)).toEqual(['profile', undefined, undefined]);
  });

  it.each([[[]], [null], [{}], [{ action: 'add_relationships' }]])('are none for %j', (cio_relationships) => {
    expect(messageOf(anOperation({ cio_relationships })).company).toBeUndefined();
  });
});

describe('an identify is rejected', () => {
  const ONE_OF = 'identifiers must have exactly one of id, email, phone, cio_id, anonymous_id';
  const DEEP = JSON.parse(`${'['.repeat(100)}${']'.repeat(100)}`);

  it.each<[object, string, string]>([
    [{ identifiers: undefined }, 'identifiers', ONE_OF],
    [{ identifiers: 'u1' }, 'identifiers', ONE_OF],
    [{ identifiers: {} }, 'identifiers', ONE_OF],
    [{ identifiers: { id: null } }, 'identifiers', ONE_OF],
    [{ identifiers: { id: 'u1', email: 'a@b.co' } }, 'identifiers', ONE_OF],
    [{ identifiers: { id: '' } }, 'identifiers', ONE_OF],
    [{ identifiers: { id: ' ' } }, 'identifiers.id', 'identifiers.id must be a string of 1 to 256 bytes'],
    [{ identifiers: { id: {} } }, 'identifiers.id', 'identifiers.id must be a string of 1 to 256 bytes'],
    [{ identifiers: { email: 'x' } }, 'identifiers.email', 'identifiers.email is not a valid email address'],
    [
      { identifiers: { phone: '555' } },
      'identifiers.phone',
      'identifiers.phone is not a valid phone number with a country code',
    ],
    [{ attributes: [1] }, 'attributes', 'attributes must be an object'],
    [{ attributes: 'x' }, 'attributes', 'attributes must be an object'],
    [
      { attributes: manyAttributes(301) },
      'attributes',
      'cannot identify more than 300 attributes in one request',
    ],
    [{ attributes: { '': 1 } }, 'attributes', 'attributes must have names of 1 to 128 characters'],
    [
      { attributes: { ['x'.repeat(129)]: 1 } },
      'attributes',
      'attributes must have names of 1 to 128 characters',
    ],
    [{ attributes: { a: DEEP } }, 'attributes', 'attributes must be nested at most 100 levels deep'],
    [{ timestamp: 'yesterday' }, 'timestamp', 'timestamp is not a valid ISO 8601 timestamp or unix time'],
    [{ timestamp: NOW / 1000 + 301 }, 'timestamp', 'timestamp is in the future'],
    [{ attributes: { _timestamp: 1 } }, '_timestamp', '_timestamp is more than 10 years in the past'],
    [{ cio_relationships: 'x' }, 'cio_relationships', 'cio_relationships must be an array'],
    [{ cio_relationships: { relationships: {} } }, 'cio_relationships', 'cio_relationships must be an array'],
    [
      { cio_relationships: { action: 'x', relationships: [] } },
      'cio_relationships',
      'cio_relationships.action must be add_relationships or delete_relationships',
    ],
    [
      {
        cio_relationships: [{ identifiers: { cio_object_id: 'x' } }, { identifiers: { object_id: 'acme' } }],
      },
      'cio_relationships[1].identifiers',
      'cio_relationships[1].identifiers must have object_type_id and object_id, or cio_object_id',
    ],
    [
      { cio_relationships: [{ identifiers: { object_type_id: '22', object_id: 'x'.repeat(254) } }] },
      'cio_relationships[0].identifiers',
      'cio_relationships[0].identifiers must be of at most 256 bytes in all',
    ],
  ])('%j', (fields, field, reason) => {
    expect(translated(anOperation({ ...fields }))).toEqual([{ kind: 'rejected', field, reason }]);
  });

  it('not if it has 300 attributes and some instructions', () => {
    expect(attributesOf({ ...manyAttributes(300), _update: false })?.size).toBe(300);
  });
});
