import { apiKeyDigest, isApiKey, newApiKey, newOrgId, shownPrefix } from '#shared/keys/api-key.ts';
import { usageValueOf } from '#shared/keys/usage.ts';

/** A random source that returns bytes of one value. */
const bytesOf = (value: number) => (count: number) => Buffer.alloc(count, value);

describe('newApiKey', () => {
  it('consists of pp_ and 256 random bits', () => {
    const requested: number[] = [];

    const apiKey = newApiKey((count) => {
      requested.push(count);
      return Buffer.alloc(count, 0xff);
    });

    expect(requested).toEqual([32]);
    expect(apiKey).toBe(`pp_${Buffer.alloc(32, 0xff).toString('base64url')}`);
  });

  it('is valid, and different each time', () => {
    const keys = Array.from({ length: 100 }, () => newApiKey());

    expect(keys.every(isApiKey)).toBe(true);
    expect(new Set(keys).size).toBe(100);
  });
});

describe('isApiKey', () => {
  const apiKey = newApiKey(bytesOf(7));

  it.each([
    ['an empty string', ''],
    ['the prefix alone', 'pp_'],
    ['one character less', apiKey.slice(0, -1)],
    ['one character more', `${apiKey}A`],
    ['another prefix', apiKey.replace('pp_', 'sk_')],
    ['capitals in the prefix', apiKey.replace('pp_', 'PP_')],
    ['a leading space', ` ${apiKey}`],
    ['a trailing line feed', `${apiKey}\n`],
    ['a character of plain base64', `${apiKey.slice(0, -1)}+`],
    ['two keys', `${apiKey},${apiKey}`],
  ])('rejects %s', (_case, text) => {
    expect(isApiKey(text)).toBe(false);
  });
});

describe('apiKeyDigest', () => {
  it('is the key’s SHA-256 in hex, including the prefix', () => {
    expect(apiKeyDigest('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('differs from key to key', () => {
    expect(apiKeyDigest(newApiKey(bytesOf(1)))).not.toBe(apiKeyDigest(newApiKey(bytesOf(2))));
  });
});

describe('shownPrefix', () => {
  it('shows eight characters, five of them random', () => {
    expect(shownPrefix('pp_ABCDEFGHIJ')).toBe('pp_ABCDE');
  });
});

describe('newOrgId', () => {
  it.each([0, 1, 31, 32, 127, 255])('of bytes %d has ten unambiguous characters', (value) => {
    expect(newOrgId(bytesOf(value))).toMatch(/^o_[a-km-np-z2-9]{10}$/);
  });

  it('uses 32 characters evenly', () => {
    const characters = Array.from({ length: 256 }, (_, value) => newOrgId(bytesOf(value)).at(2));

    const counts = Map.groupBy(characters, (character) => character);

    expect(counts.size).toBe(32);
    expect([...counts.values()].every((each) => each.length === 8)).toBe(true);
  });

  it('has a usage value of the length that API Gateway requires', () => {
    const orgId = newOrgId(bytesOf(0));

    expect(usageValueOf(orgId).length).toBeGreaterThanOrEqual(20);
    expect(usageValueOf(orgId)).not.toBe(usageValueOf(newOrgId(bytesOf(1))));
  });
});
