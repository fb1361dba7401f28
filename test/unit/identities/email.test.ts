import * as v from 'valibot';
import { EmailSchema, emailKey } from '#shared/identities/email.ts';

const parsed = (input: unknown): string => {
  const result = v.safeParse(EmailSchema('email'), input);
  return result.success ? result.output : result.issues[0].message;
};

describe('EmailSchema accepts', () => {
  it.each([
    ['a plain address', 'sarah@example.com'],
    ['capitals, which are preserved', 'Sarah.Connor@Example.COM'],
    ['a plus sign', 'sarah+shop@example.com'],
    ['other signs of RFC 5321', "o'neil!#$%&*/=?^_`{|}~-@example.com"],
    ['digits', '1234567890@123.example'],
    ['a short one', 'a@b.c'],
    ['hyphens inside labels', 'a@my-shop.co--op.example'],
    ['many labels', 'a@b.c.d.e.f.example'],
    ['a domain in punycode', 'a@xn--bcher-kva.example'],
    ['letters beyond ASCII', 'jörg@bücher.example'],
    ['another script', '用户@例子.广告'],
    ['a combining mark', 'jo\u0308rg@bu\u0308cher.example'],
    ['a local part of 64', `${'x'.repeat(64)}@example.com`],
    ['a label of 63', `a@${'x'.repeat(63)}.com`],
    ['254 characters', `${'x'.repeat(64)}@${'y'.repeat(63)}.${'z'.repeat(63)}.${'w'.repeat(57)}.com`],
  ])('%s', (_case, email) => {
    expect(parsed(email)).toBe(email);
  });

  it.each([' sarah@example.com', 'sarah@example.com ', '\t\r\n sarah@example.com\u00a0'])(
    '%j, trimmed',
    (email) => {
      expect(parsed(email)).toBe('sarah@example.com');
    },
  );
});

describe('EmailSchema rejects', () => {
  it.each([
    ['an empty string', ''],
    ['white space', '  '],
    ['no @', 'sarah.example.com'],
    ['two @', 'sarah@home@example.com'],
    ['no local part', '@example.com'],
    ['no domain', 'sarah@'],
    ['one label', 'sarah@localhost'],
    ['white space inside', 'sa rah@example.com'],
    ['a line feed inside', 'sarah@example.com\nbcc:x@y.z'],
    ['a dot at the beginning', '.sarah@example.com'],
    ['a dot at the end of the local part', 'sarah.@example.com'],
    ['two dots', 'sarah..c@example.com'],
    ['two dots in the domain', 'sarah@example..com'],
    ['a dot at the end', 'sarah@example.com.'],
    ['a hyphen at a label’s beginning', 'sarah@-example.com'],
    ['a hyphen at a label’s end', 'sarah@example-.com'],
    ['an underscore in the domain', 'sarah@my_shop.com'],
    ['a display name', 'Sarah <sarah@example.com>'],
    ['a list', 'a@example.com,b@example.com'],
    ['a quoted local part', '"sarah c"@example.com'],
    ['an address literal', 'sarah@[127.0.0.1]'],
    ['a control character', 'sa\u0000rah@example.com'],
    ['a zero-width space', 'sa\u200brah@example.com'],
    ['a lone surrogate', 'sa\ud800rah@example.com'],
    ['a local part of 65', `${'x'.repeat(65)}@example.com`],
    ['a label of 64', `a@${'x'.repeat(64)}.com`],
    ['255 characters', `${'x'.repeat(64)}@${'y'.repeat(63)}.${'z'.repeat(63)}.${'w'.repeat(58)}.com`],
  ])('%s', (_case, email) => {
    expect(parsed(email)).toBe('email is not a valid email address');
  });

  it('null as missing', () => {
    expect(parsed(null)).toBe('email is required');
  });

  it.each([[1], [true], [{}], [['a@b.co']], [JSON.rawJSON('1.0')]])('%j, which is not a string', (input) => {
    expect(parsed(input)).toBe('email is not a valid email address');
  });

  it('a hostile text of a megabyte, without backtracking for ever', () => {
    expect(parsed(`${'a.'.repeat(500_000)}@${'a-'.repeat(500_000)}`)).toBe(
      'email is not a valid email address',
    );
  });
});

describe('emailKey', () => {
  it.each([
    ['case', 'Sarah@EXAMPLE.com'],
    ['surrounding spaces', '  sarah@example.com\n'],
    ['both', '\tSARAH@example.COM '],
  ])('is the same for addresses that differ in %s', (_case, email) => {
    expect(emailKey(email)).toBe('sarah@example.com');
  });

  it('is the same for both Unicode forms of an address', () => {
    expect(emailKey('JO\u0308RG@bu\u0308cher.example')).toBe(emailKey('jörg@bücher.example'));
  });

  it.each([
    ['a plus sign', 'sarah+shop@example.com'],
    ['a dot', 'sa.rah@example.com'],
    ['an accent', 'sárah@example.com'],
  ])('differs for an address with %s', (_case, email) => {
    expect(emailKey(email)).not.toBe('sarah@example.com');
  });

  it('is its own key', () => {
    const key = emailKey(' Jörg.ÉMILE@Bücher.example');

    expect(emailKey(key)).toBe(key);
  });
});
