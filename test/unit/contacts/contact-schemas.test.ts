import * as v from 'valibot';
import { contactFields, MAX_ATTRIBUTES } from '#shared/contacts/contact-schemas.ts';
import { parseLossless } from '#shared/json/lossless-json.ts';
import { aContactEntry, NOW } from '#test/support/builders.ts';

const parsed = (entry: unknown) =>
  v.safeParse(contactFields(NOW), parseLossless(JSON.stringify(entry)), {
    abortEarly: true,
    abortPipeEarly: true,
  });

const reasonOf = (entry: unknown): string => {
  const result = parsed(entry);
  return result.success ? 'valid' : result.issues[0].message;
};

const attributesOf = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, nth) => [`a${nth}`, nth]));

const INVALID_EXTERNAL_ID = 'externalId must be a string of 1 to 256 characters';
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
    ['externalId', '\udc00', 'externalId must be a string of 1 to 256 characters'],
    ['createdAt', 'yesterday', INVALID_TIME],
    ['createdAt', 1763202600000, INVALID_TIME],
    ['createdAt', '2026-03-15T12:05:00.001Z', 'createdAt is in the future'],
  ])('whose %s is %j is rejected: %s', (field, value, reason) => {
    expect(reasonOf(aContactEntry({ [field]: value }))).toBe(reason);
  });

  it.each([
    ['externalId', 'x'],
    ['externalId', 'x'.repeat(256)],
    ['attributes', {}],
    ['attributes', { ['x'.repeat(128)]: null }],
    ['createdAt', '2026-03-15T12:05:00.000Z'],
    ['createdAt', '1999-12-31T23:59:59Z'],
    ['unknown', 1],
  ])('whose %s is %j is accepted', (field, value) => {
    expect(reasonOf(aContactEntry({ [field]: value }))).toBe('valid');
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
