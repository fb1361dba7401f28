import * as v from 'valibot';
import { documented } from '../json/documented.ts';
import { EmailSchema, emailKey } from './email.ts';
import type { Namespace } from './identity.ts';
import { PhoneSchema } from './phone.ts';

/** The maximum length of an id that its sender has chosen, in UTF-8 bytes. Source: product specification, "Identities". */
const MAX_ID_BYTES = 256;

/**
 * A schema of an id that its sender has chosen. It is trimmed, and otherwise kept as it is: case and Unicode forms matter.
 * Lone surrogates are refused: UTF-8 cannot encode them, so two different ids would have the same hash.
 */
const SentIdSchema = (namespace: Namespace, field: string, isRequired: boolean) => {
  // The contract must say so where a field goes by another name than the parameters and fields for the same id.
  const otherName = field === namespace ? '' : `, which events and look-ups call \`${namespace}\``;
  const invalid = `${field} must be a string of 1 to ${MAX_ID_BYTES} bytes`;
  return v.pipe(
    v.string((issue) => (issue.input === null && isRequired ? `${field} is required` : invalid)),
    documented<string>({
      pattern: String.raw`\S`,
      description: `An id chosen by the sender${otherName}: 1 to ${MAX_ID_BYTES} bytes of UTF-8. White space around it is removed.`,
    }),
    v.transform((text) => text.trim()),
    v.check((text) => text !== '' && text.isWellFormed() && Buffer.byteLength(text) <= MAX_ID_BYTES, invalid),
  );
};

/**
 * The schema of an identity's value. Its output is the value as it is shown, of which {@link identityValue} is the
 * normalized form; they differ for email addresses, whose case is preserved.
 * @param field - the field's name, as messages contain it
 * @param isRequired - whether the message for null is that it is required. @default true
 */
export const IdentitySchema = (
  namespace: Namespace,
  field: string = namespace,
  isRequired = true,
): v.GenericSchema<unknown, string> => {
  if (namespace === 'email') return EmailSchema(field);
  return namespace === 'phone' ? PhoneSchema(field, isRequired) : SentIdSchema(namespace, field, isRequired);
};

/** The normalized form of a value that satisfies {@link IdentitySchema}. */
export const identityValue = (namespace: Namespace, shown: string): string =>
  namespace === 'email' ? emailKey(shown) : shown;
