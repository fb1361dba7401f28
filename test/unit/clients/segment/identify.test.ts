import {
  anIdentify,
  messageOf,
  nested,
  reasonOf,
  SENT_AT,
  translatedText,
} from '#test/support/segment-messages.ts';

const traitsOf = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, nth) => [`t${nth}`, nth]));

describe('an identify', () => {
  it('changes attributes, and becomes an event that says so', () => {
    const message = messageOf(
      anIdentify({ traits: { plan: 'pro', email: 'ada@example.com', phone: 'n/a', seats: null } }),
    );

    expect(message).toEqual({
      id: 'message-1',
      names: { userId: 'user-17', email: 'ada@example.com' },
      at: SENT_AT,
      attributes: new Map([
        ['plan', '"pro"'],
        ['email', '"ada@example.com"'],
        ['phone', '"n/a"'],
        ['seats', 'null'],
      ]),
      event: {
        kind: 'profile',
        type: 'updated',
        metadata: '{"plan":"pro","email":"ada@example.com","phone":"n/a","seats":null}',
        canonicalMetadata: '{"email":"ada@example.com","phone":"n/a","plan":"pro","seats":null}',
      },
    });
  });

  it.each([
    ['none', {}],
    ['null', { traits: null }],
    ['an empty object', { traits: {} }],
    ['an empty map of PHP', { traits: [] }],
    ['a context without traits', { context: { ip: '192.0.2.1' } }],
  ])('without traits (%s) only names the person', (_case, fields) => {
    expect(messageOf(anIdentify(fields))).toEqual({
      id: 'message-1',
      names: { userId: 'user-17' },
      at: SENT_AT,
    });
  });

  it.each([
    ['there only', { context: { traits: { plan: 'pro' } } }, [['plan', '"pro"']]],
    [
      'and at the root, which takes precedence',
      { traits: { plan: 'pro', a: null }, context: { traits: { plan: 'free', a: 1, b: 2 } } },
      [
        ['plan', '"pro"'],
        ['a', 'null'],
        ['b', '2'],
      ],
    ],
  ])("has RudderStack's traits in context.traits, %s", (_case, fields, attributes) => {
    expect([...(messageOf(anIdentify(fields)).attributes ?? [])]).toEqual(attributes);
  });

  it.each([
    [{ createdAt: '2020-01-01T00:00:00Z' }, '2020-01-01T00:00:00.000Z'],
    [{ created_at: 1577836800 }, '2020-01-01T00:00:00.000Z'],
    [{ created_at: '1577836800' }, '2020-01-01T00:00:00.000Z'],
    [{ createdAt: 1577836800000, created_at: 1 }, '2020-01-01T00:00:00.000Z'],
    [{ createdAt: 'long ago', created_at: 1577836800 }, '2020-01-01T00:00:00.000Z'],
    [{ createdAt: '1999-12-31T23:59:59Z' }, '1999-12-31T23:59:59.000Z'],
  ])('says when the person was created elsewhere: %j', (traits, expected) => {
    const { createdAt, attributes } = messageOf(anIdentify({ traits }));

    expect(new Date(createdAt ?? Number.NaN).toISOString()).toBe(expected);
    expect(attributes?.size).toBe(Object.keys(traits).length);
  });

  it.each([[{ createdAt: 'long ago' }], [{ createdAt: '2026-03-15T12:05:00.001Z' }], [{ created_at: null }]])(
    'keeps as an attribute what is no such moment: %j',
    (traits) => {
      const message = messageOf(anIdentify({ traits }));

      expect(message.createdAt).toBeUndefined();
      expect(message.attributes?.size).toBe(1);
    },
  );

  it('keeps numbers and names as they were written', () => {
    const translation = translatedText(
      '{"type":"identify","userId":"u","traits":{"n":12345678901234567890,"__proto__":{"z":-0}}}',
    );

    expect(translation).toMatchObject({
      message: {
        attributes: new Map([
          ['n', '12345678901234567890'],
          ['__proto__', '{"z":-0}'],
        ]),
        event: { metadata: '{"n":12345678901234567890,"__proto__":{"z":-0}}' },
      },
    });
  });

  it.each([
    [{ traits: 'x' }, 'traits must be an object'],
    [{ context: { traits: ['x'] } }, 'context.traits must be an object'],
    [{ traits: traitsOf(300) }, 'valid'],
    [{ traits: traitsOf(301) }, 'traits must be at most 300'],
    [{ traits: traitsOf(300), context: { traits: { other: 1 } } }, 'traits must be at most 300'],
    [{ traits: { ['x'.repeat(128)]: 1 } }, 'valid'],
    [{ traits: { ['x'.repeat(129)]: 1 } }, 'traits must have names of 1 to 128 characters'],
    [{ traits: { '': 1 } }, 'traits must have names of 1 to 128 characters'],
    [{ traits: nested(100) }, 'valid'],
    [{ traits: nested(101) }, 'traits must be nested at most 100 levels deep'],
  ])('must have valid traits', (fields, reason) => {
    expect(reasonOf(anIdentify(fields))).toBe(reason);
  });
});
