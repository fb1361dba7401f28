import * as v from 'valibot';
import { contactFields, contactParser, MAX_ATTRIBUTES } from '#shared/contacts/contact-schemas.ts';
import { parseLossless } from '#shared/json/lossless-json.ts';
import { aContactEntry, NOW } from '#test/support/builders.ts';

const parsed = (entry: unknown) => contactParser(NOW)(parseLossless(JSON.stringify(entry)));

const reasonOf = (entry: unknown): string => {
  const result = parsed(entry);
  return result.kind === 'valid' ? 'valid' : result.reason;
};

const attributesOf = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, nth) => [`a${nth}`, nth]));

const INVALID_EXTERNAL_ID = 'externalId must be a string of 1 to 256 bytes';
const INVALID_PHONE = 'phone is not a valid phone number with a country code';
const INVALID_ANONYMOUS_ID = 'anonymousId must be a string of 1 to 256 bytes';
const NO_OBJECT = 'attributes must be an object';
const INVALID_NAME = 'attributes must have names of 1 to 128 characters';
const INVALID_TIME = 'createdAt is not a valid ISO 8601 timestamp';

describe('a contact entry', () => {
  it.each([
    ['email', undefined, 'email is required'],
    ['email', null, 'email is required'],
    ['email', 'sarah', 'email is not a valid email address'],
    ['email', 1, 'email is not a valid email address'],
    ['externalId', '', INVALID_EXTERNAL_ID],
    ['externalId', null, INVALID_EXTERNAL_ID],
    ['externalId', 17, INVALID_EXTERNAL_ID],
    ['externalId', 'x'.repeat(257), INVALID_EXTERNAL_ID],
    ['attributes', null, NO_OBJECT],
    ['attributes', [], NO_OBJECT],
    ['attributes', 'plan', NO_OBJECT],
    ['attributes', JSON.rawJSON('1.0'), NO_OBJECT],
    ['attributes', { '': 1 }, INVALID_NAME],
    ['attributes', { ['x'.repeat(129)]: 1 }, INVALID_NAME],
    ['attributes', { a: 1, '\ud83d': 1 }, INVALID_NAME],
    ['externalId', '\udc00', INVALID_EXTERNAL_ID],
    ['externalId', '  ', INVALID_EXTERNAL_ID],
    ['externalId', 'é'.repeat(129), INVALID_EXTERNAL_ID],
    ['phone', '2133734253', INVALID_PHONE],
    ['phone', '+1 213', INVALID_PHONE],
    ['phone', '+1 213 373 4253 ext. 7', INVALID_PHONE],
    ['phone', null, INVALID_PHONE],
    ['anonymousId', '', INVALID_ANONYMOUS_ID],
    ['anonymousId', 1, INVALID_ANONYMOUS_ID],
    ['updatedAt', '2026-03-15', 'updatedAt is not a valid ISO 8601 timestamp'],
    ['updatedAt', '2026-03-15T12:05:00.001Z', 'updatedAt is in the future'],
    ['createdAt', 'yesterday', INVALID_TIME],
    ['createdAt', 1763202600000, INVALID_TIME],
    ['createdAt', '2026-03-15T12:05:00.001Z', 'createdAt is in the future'],
  ])('whose %s is %j is rejected: %s', (field, value, reason) => {
    expect(reasonOf(aContactEntry({ [field]: value }))).toBe(reason);
  });

  it.each([
    ['externalId', 'x'],
    ['externalId', 'x'.repeat(256)],
    ['externalId', 'é'.repeat(128)],
    ['externalId', 'sarah@example.com'],
    ['externalId', 'c_KgDSk4MmkYbkaMDE'],
    ['externalId', '# \u0000 \n'],
    ['phone', ' +1 (213) 373-4253 '],
    ['anonymousId', '🏙️'],
    ['updatedAt', '1999-12-31T23:59:59Z'],
    ['attributes', {}],
    ['attributes', { ['x'.repeat(128)]: null }],
    ['createdAt', '2026-03-15T12:05:00.000Z'],
    ['createdAt', '1999-12-31T23:59:59Z'],
    ['unknown', 1],
  ])('whose %s is %j is accepted', (field, value) => {
    expect(reasonOf(aContactEntry({ [field]: value }))).toBe('valid');
  });

  it.each([
    [{ email: 'a@b.co' }, 'valid'],
    [{ externalId: 'x' }, 'valid'],
    [{ phone: '+12133734253' }, 'valid'],
    [{ anonymousId: 'x' }, 'valid'],
    [{ email: null, externalId: 'x' }, 'email is required'],
    [{ attributes: {} }, 'email is required'],
  ])('must name the contact: %j is %s', (entry, outcome) => {
    expect(reasonOf(entry)).toBe(outcome);
  });

  it('may have the maximum number of attributes, and not one more', () => {
    const [most, tooMany] = [MAX_ATTRIBUTES, MAX_ATTRIBUTES + 1].map((count) =>
      reasonOf(aContactEntry({ attributes: attributesOf(count) })),
    );

    expect(most).toBe('valid');
    expect(tooMany).toBe(`attributes must be at most ${MAX_ATTRIBUTES}`);
  });

  it('is rejected for the first rule that it breaks', () => {
    const broken = { createdAt: 1, attributes: 1, externalId: 1, email: 1 };

    expect(reasonOf(broken)).toMatch(/^email /);
    expect(reasonOf(aContactEntry({ ...broken, email: 'a@b.co' }))).toMatch(/^externalId /);
    expect(reasonOf(aContactEntry({ ...broken, email: 'a@b.co', externalId: 'x' }))).toMatch(/^attributes /);
  });

  it('keeps each attribute as its original JSON text', () => {
    const text =
      '{"email":"a@b.co","attributes":{"id":12345678901234567890,"tags":[1.0,null,""],"__proto__":{"x":-0}}}';

    const { attributes } = v.parse(contactFields(NOW), parseLossless(text));

    expect([...(attributes ?? [])]).toEqual([
      ['id', '12345678901234567890'],
      ['tags', '[1.0,null,""]'],
      ['__proto__', '{"x":-0}'],
    ]);
  });

  it('parses createdAt, and omits fields that were not sent', () => {
    const full = v.parse(contactFields(NOW), aContactEntry({ createdAt: '2020-01-01T00:00:00+01:00' }));
    const bare = v.parse(contactFields(NOW), aContactEntry());

    expect(full.createdAt).toBe(Date.parse('2019-12-31T23:00:00Z'));
    expect(bare).toEqual({ email: 'sarah@example.com' });
  });
});
