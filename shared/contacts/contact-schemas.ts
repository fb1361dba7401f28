import * as v from 'valibot';
import { IdentitySchema } from '../identities/identity-schemas.ts';
import { documented } from '../json/documented.ts';
import { firstField } from '../json/first-field.ts';
import { isJsonObject, isNestedWithin } from '../json/lossless-json.ts';
import { isTextOf } from '../json/text.ts';
import { InstantSchema, MAX_LEAD_MS } from '../time/instant.ts';

/** The maximum number of attributes of an entry. */
export const MAX_ATTRIBUTES = 100;

const MAX_DEPTH = 100;

const INVALID_ATTRIBUTE_NAME = 'attributes must have names of 1 to 128 characters';

const CREATED_AT =
  'When the contact was created elsewhere: ISO 8601 date and time with a zone, at most ' +
  `${MAX_LEAD_MS / 60_000} minutes in the future. Without it, the moment of the first import.`;

/** A contact's attributes. Values are kept as JSON text so that they are returned as they were sent. */
const AttributesSchema = v.optional(
  v.pipe(
    v.custom<Record<string, unknown>>(isJsonObject, 'attributes must be an object'),
    documented({
      type: 'object',
      description:
        `Merged into the contact's attributes, each of any JSON value nested at most ${MAX_DEPTH - 1} levels deep. The newest value of a ` +
        'name takes precedence, by `updatedAt`; null removes the attribute.',
      additionalProperties: true,
      maxProperties: MAX_ATTRIBUTES,
      propertyNames: { minLength: 1, maxLength: 128 },
    }),
    v.check(
      (attributes) => Object.keys(attributes).length <= MAX_ATTRIBUTES,
      `attributes must be at most ${MAX_ATTRIBUTES}`,
    ),
    v.check(
      (attributes) => Object.keys(attributes).every((name) => isTextOf(1, 128, name)),
      INVALID_ATTRIBUTE_NAME,
    ),
    v.check(
      (attributes) => isNestedWithin(MAX_DEPTH, attributes),
      `attributes must be nested at most ${MAX_DEPTH} levels deep`,
    ),
    v.transform(
      (attributes): ReadonlyMap<string, string> =>
        new Map(Object.entries(attributes).map(([name, value]) => [name, JSON.stringify(value)])),
    ),
  ),
);

const UPDATED_AT =
  'When what the entry says was true: ISO 8601 date and time with a zone, at most ' +
  `${MAX_LEAD_MS / 60_000} minutes in the future. A value that was changed later is kept. The contact's timeline then has an event ` +
  'of kind `profile` at this time, with the attributes. Without it, the moment of arrival.';

/** The fields of an entry that name the contact, by their names in the order in which they are validated. */
const IDENTITY_FIELDS = ['email', 'externalId', 'phone', 'anonymousId'] as const;

/** The first of the fields that an entry has; the first of all if it has none or is not an object. */
export const firstNameField = (entry: unknown): string => firstField(entry, IDENTITY_FIELDS);

const instantField = (field: string, description: string, now: number) =>
  v.optional(
    v.pipe(
      InstantSchema(field, description, `${field} is not a valid ISO 8601 timestamp`),
      v.maxValue(now + MAX_LEAD_MS, `${field} is in the future`),
    ),
  );

/**
 * The schema of one entry of `contacts/batch`. Rules are checked in the order of the fields.
 * @param now - the moment against which times are validated, ms since 1970
 */
export const contactFields = (now: number) =>
  v.pipe(
    v.object({
      email: v.optional(IdentitySchema('email')),
      externalId: v.optional(IdentitySchema('userId', 'externalId', false)),
      phone: v.optional(IdentitySchema('phone', 'phone', false)),
      anonymousId: v.optional(IdentitySchema('anonymousId', 'anonymousId', false)),
      attributes: AttributesSchema,
      createdAt: instantField('createdAt', CREATED_AT, now),
      updatedAt: instantField('updatedAt', UPDATED_AT, now),
    }),
    documented({
      description:
        'It names the contact by an address, a user id, a phone number or an anonymous id, or several of them',
      anyOf: IDENTITY_FIELDS.map((field) => ({ required: [field] })),
    }),
  );

/** A validated entry of a batch of contacts. */
export type ContactEntry = v.InferOutput<ReturnType<typeof contactFields>>;

/** The values by which a validated entry names the contact, by namespace. */
export const namesOf = ({ email, externalId, phone, anonymousId }: ContactEntry) => ({
  email,
  userId: externalId,
  phone,
  anonymousId,
});

/** The outcome of validating an entry, or the reason why it is invalid. */
export type ContactOutcome =
  | { readonly kind: 'valid'; readonly entry: ContactEntry }
  | { readonly kind: 'invalid'; readonly reason: string };

/**
 * Creates a function that validates the entries of a batch of contacts.
 * @param now - the moment against which times are validated, ms since 1970
 */
export const contactParser = (now: number): ((entry: unknown) => ContactOutcome) => {
  const fields = contactFields(now);
  const config = { abortEarly: true, abortPipeEarly: true } as const;
  return (sent) => {
    if (!isJsonObject(sent)) return { kind: 'invalid', reason: 'Contact must be an object' };
    // The first rule, as it was when an address was the only name of a contact.
    if (IDENTITY_FIELDS.every((field) => sent[field] === undefined)) {
      return { kind: 'invalid', reason: 'email is required' };
    }
    const result = v.safeParse(fields, sent, config);
    return result.success
      ? { kind: 'valid', entry: result.output }
      : { kind: 'invalid', reason: result.issues[0].message };
  };
};
