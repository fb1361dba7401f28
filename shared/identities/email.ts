import * as v from 'valibot';
import { documented } from '../json/documented.ts';

/**
 * An address of RFC 5321 without quoted local parts and address literals, extended by RFC 6531: letters beyond ASCII
 * are allowed in both parts. The domain has at least two labels, which neither start nor end with a hyphen.
 */
const EMAIL =
  /^(?=[^@]{1,64}@)[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*@(?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?\.)+[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?$/u;

/** The longest address that a path can contain. Source: RFC 5321 4.5.3.1.3, without the angle brackets. */
const MAX_EMAIL_CHARACTERS = 254;

/**
 * How the contract describes an address: as it is sent, and by a pattern much simpler than the rule, since validators of
 * several languages know neither `\p{L}` nor look-ahead. It has no format: `email` excludes letters beyond ASCII, and
 * generated clients refuse addresses by it.
 */
const DOCUMENTED_EMAIL = documented<string>({
  pattern: String.raw`^\s*[^\s@]+@[^\s@]+[.][^\s@]+\s*$`,
  description: `An email address of at most ${MAX_EMAIL_CHARACTERS} characters. White space around it is removed; its case does not matter.`,
});

/**
 * A schema of an email address, which is trimmed; its case is preserved.
 * @param field - the field's name, as messages contain it: `… is required`, `… is not a valid email address`
 */
export const EmailSchema = (field: string) => {
  const invalid = `${field} is not a valid email address`;
  return v.pipe(
    v.string((issue) => (issue.input === null ? `${field} is required` : invalid)),
    DOCUMENTED_EMAIL,
    // Not v.trim: only beyond a general transformation, rules are not part of the contract.
    v.transform((text) => text.trim()),
    v.maxLength(MAX_EMAIL_CHARACTERS, invalid),
    v.regex(EMAIL, invalid),
  );
};

/** The form in which addresses are compared: trimmed, in lower case, in Unicode normalization form C. */
export const emailKey = (email: string): string =>
  email.trim().normalize('NFC').toLowerCase().normalize('NFC');
