import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import * as v from 'valibot';
import { documented } from '../json/documented.ts';

/**
 * The longest text that is parsed: E.164 has at most 15 digits, which leaves room for spaces and punctuation. The library
 * itself refuses texts of more than 250 characters.
 */
const MAX_CHARACTERS = 64;

/**
 * The E.164 form of a phone number; undefined if it has no country code, or its length is impossible in its country. Only
 * lengths are checked: numbering plans grow, and the number of a real person must not be refused because the list of
 * ranges is old. A number with an extension is refused, since E.164 has none and the number alone is another line.
 */
const e164 = (text: string): string | undefined => {
  // Without `extract`, the library would find a number within any text.
  const phone = parsePhoneNumberFromString(text, { extract: false });
  return phone?.isPossible() === true && phone.ext === undefined ? phone.number : undefined;
};

/**
 * A schema of a phone number with its country code, which is transformed to E.164.
 * @param field - the field's name, as messages contain it
 * @param isRequired - whether the message for null is that it is required
 */
export const PhoneSchema = (field: string, isRequired: boolean) => {
  const invalid = `${field} is not a valid phone number with a country code`;
  return v.pipe(
    v.string((issue) => (issue.input === null && isRequired ? `${field} is required` : invalid)),
    documented<string>({
      pattern: String.raw`^\s*[+]`,
      description: 'A phone number with its country code, such as `+1 213 373 4253`; it is kept in E.164',
    }),
    v.maxLength(MAX_CHARACTERS, invalid),
    v.rawTransform(({ dataset, addIssue, NEVER }): string => {
      const number = e164(dataset.value.trim());
      if (number !== undefined) return number;
      addIssue({ message: invalid });
      return NEVER;
    }),
  );
};
