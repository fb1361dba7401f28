import * as v from 'valibot';

/**
 * An address as RFC 5321 has it without quoted locals and address literals, and as RFC 6531 widens it:
 * letters beyond ASCII are allowed on both sides. Labels neither start nor end with a hyphen; there are at least two.
 */
const EMAIL =
  /^(?=[^@]{1,64}@)[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*@(?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?\.)+[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?$/u;

/** The longest address that a mail path carries. Source: RFC 5321 4.5.3.1.3, less the angle brackets. */
const MAX_EMAIL_CHARACTERS = 254;

/**
 * An email address, trimmed; its case stays as sent.
 * @param field - the field's name, which the reasons carry: `… is required`, `… is not a valid email address`
 */
export const EmailSchema = (field: string) => {
  const invalid = `${field} is not a valid email address`;
  return v.pipe(
    v.string((issue) => (issue.input === null ? `${field} is required` : invalid)),
    v.trim(),
    v.maxLength(MAX_EMAIL_CHARACTERS, invalid),
    v.regex(EMAIL, invalid),
  );
};

/** The form in which addresses are compared: trimmed, one Unicode form, one case. */
export const emailKey = (email: string): string =>
  email.trim().normalize('NFC').toLowerCase().normalize('NFC');
