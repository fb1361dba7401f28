import type * as v from 'valibot';
import type { Namespace } from '../identities/identity.ts';
import { IdentitySchema } from '../identities/identity-schemas.ts';
import { firstField } from '../json/first-field.ts';

/**
 * The fields of an entry that name its contact, with the namespaces of their values. An entry has exactly one of them.
 * Source: product specification, "Identities".
 */
export const ENTRY_IDENTITIES = {
  contactEmail: 'email',
  userId: 'userId',
  anonymousId: 'anonymousId',
  phone: 'phone',
} as const satisfies Readonly<Record<string, Namespace>>;

/** One of the fields of {@link ENTRY_IDENTITIES}. */
export type IdentityField = keyof typeof ENTRY_IDENTITIES;

/** The names of the fields. */
export const IDENTITY_FIELDS = Object.keys(ENTRY_IDENTITIES) as unknown as readonly [
  IdentityField,
  ...IdentityField[],
];

/** The reason for refusing an entry that has none of the fields, or several. */
export const GIVE_ONE_IDENTITY = `Give one of ${IDENTITY_FIELDS.join(', ')}`;

/** The schemas of the fields. */
export const IDENTITY_SCHEMAS = Object.fromEntries(
  IDENTITY_FIELDS.map((field) => [field, IdentitySchema(ENTRY_IDENTITIES[field], field)]),
) as Readonly<Record<IdentityField, v.GenericSchema<unknown, string>>>;

/** The only one of the fields that an entry has; undefined if it has none or several. A field may be `null`. */
export const onlyIdentityField = (entry: Readonly<Record<string, unknown>>): IdentityField | undefined => {
  let only: IdentityField | undefined;
  for (const field of IDENTITY_FIELDS) {
    if (entry[field] === undefined) continue;
    if (only !== undefined) return undefined;
    only = field;
  }
  return only;
};

/** The first of the fields that an entry has; the first of all if it has none or is not an object. */
export const firstIdentityField = (entry: unknown): IdentityField => firstField(entry, IDENTITY_FIELDS);
