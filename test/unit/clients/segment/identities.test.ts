import {
  aGroup,
  anIdentify,
  aTrack,
  messageOf,
  reasonOf,
  translatedText,
} from '#test/support/segment-messages.ts';

const nobody = { userId: undefined };

describe('the person of a message of a Segment-shaped client', () => {
  it.each([
    ['a user id', {}, { userId: 'user-17' }],
    ['white space around it', { userId: ' user-17\n' }, { userId: 'user-17' }],
    ['a number', { userId: 17 }, { userId: '17' }],
    ['an anonymous id', { ...nobody, anonymousId: 'anon-4' }, { anonymousId: 'anon-4' }],
    ['both', { anonymousId: 'anon-4' }, { userId: 'user-17', anonymousId: 'anon-4' }],
    ['null for one of them', { anonymousId: null }, { userId: 'user-17' }],
    ['empty text for one of them', { userId: '', anonymousId: 'anon-4' }, { anonymousId: 'anon-4' }],
    ['spaces for one of them', { userId: '  ', anonymousId: 'anon-4' }, { anonymousId: 'anon-4' }],
    ["June's address at the root", { ...nobody, email: 'Ada@example.com' }, { email: 'Ada@example.com' }],
    [
      "RudderStack's context.traits",
      { context: { traits: { email: 'ada@example.com', phone: '+1 213 373 4253' } } },
      { userId: 'user-17', email: 'ada@example.com', phone: '+12133734253' },
    ],
    [
      'the root before traits before context.traits',
      {
        email: 'root@example.com',
        traits: { email: 'traits@example.com', phone: '+12133734253' },
        context: { traits: { email: 'context@example.com', phone: '+12133734254' } },
      },
      { userId: 'user-17', email: 'root@example.com', phone: '+12133734253' },
    ],
    [
      'the first valid address',
      { email: null, traits: { email: 'n/a' }, context: { traits: { email: 'context@example.com' } } },
      { userId: 'user-17', email: 'context@example.com' },
    ],
    ['no invalid address', { email: 'n/a' }, { userId: 'user-17' }],
    ['no number without a country code', { traits: { phone: 2133734253 } }, { userId: 'user-17' }],
    ['no address among the properties', { properties: { email: 'a@example.com' } }, { userId: 'user-17' }],
    ['no traits that are no object', { traits: 'a@example.com', context: null }, { userId: 'user-17' }],
  ])('goes by %s', (_case, fields, names) => {
    expect(messageOf(aTrack(fields)).names).toEqual(names);
  });

  it.each([
    ['"userId":12345678901234567890', '12345678901234567890'],
    ['"userId":1.0', '1.0'],
    ['"userId":-0', '-0'],
    ['"userId":1e3', '1e3'],
  ])('goes by a number as it was written: %s', (field, userId) => {
    const translation = translatedText(`{"type":"track","event":"x",${field}}`);

    expect(translation).toMatchObject({ kind: 'message', message: { names: { userId } } });
  });

  it('may go by an address alone', () => {
    const message = messageOf(anIdentify({ ...nobody, traits: { email: 'ada@example.com' } }));

    expect(message.names).toEqual({ email: 'ada@example.com' });
  });

  it("does not go by the traits of a group, which are the company's", () => {
    const message = messageOf(
      aGroup({ traits: { email: 'office@example.com' }, context: { traits: { email: 'ada@example.com' } } }),
    );

    expect(message.names).toEqual({ userId: 'user-17', email: 'ada@example.com' });
  });

  it.each([
    [{ userId: undefined }, 'userId or anonymousId is required'],
    [{ userId: null, anonymousId: '' }, 'userId or anonymousId is required'],
    [{ ...nobody, traits: { email: 'n/a' } }, 'userId or anonymousId is required'],
    [{ userId: 'x'.repeat(257) }, 'userId must be a string of 1 to 256 bytes'],
    [{ userId: 'é'.repeat(129) }, 'userId must be a string of 1 to 256 bytes'],
    [{ userId: true }, 'userId must be a string of 1 to 256 bytes'],
    [{ userId: {} }, 'userId must be a string of 1 to 256 bytes'],
    [{ userId: '\ud83d' }, 'userId must be a string of 1 to 256 bytes'],
    [{ anonymousId: ['a'] }, 'anonymousId must be a string of 1 to 256 bytes'],
  ])('must be named by valid ids: %j', (fields, reason) => {
    expect(reasonOf(anIdentify(fields))).toBe(reason);
  });
});
