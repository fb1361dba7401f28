import * as v from 'valibot';
import { EmailSchema } from '../identities/email.ts';
import { documented } from '../json/documented.ts';
import { isJsonObject, isNestedWithin } from '../json/lossless-json.ts';
import { isTextOf, TextSchema } from '../json/text.ts';
import { InstantSchema, MAX_LEAD_MS } from '../time/instant.ts';

/** The maximum number of attributes of an entry. */
export const MAX_ATTRIBUTES = 100;

const MAX_DEPTH = 100;

const INVALID_EXTERNAL_ID = 'externalId must be a string of 1 to 256 characters';
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
      description: `Merged into the contact's attributes, each of any JSON value nested at most ${MAX_DEPTH - 1} levels deep; the newest value of a name takes precedence`,
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

/**
 * The schema of one entry of `contacts/batch`. Rules are checked in the order of the fields.
 * @param now - the moment against which `createdAt` is validated, ms since 1970
 */
export const contactFields = (now: number) =>
  v.object(
    {
      email: EmailSchema('email'),
      externalId: v.optional(
        v.pipe(
          TextSchema(1, 256, INVALID_EXTERNAL_ID),
          v.description("The sender's own id of the contact; it is stored and returned"),
        ),
      ),
      attributes: AttributesSchema,
      createdAt: v.optional(
        v.pipe(
          InstantSchema('createdAt', CREATED_AT, 'createdAt is not a valid ISO 8601 timestamp'),
          v.maxValue(now + MAX_LEAD_MS, 'createdAt is in the future'),
        ),
      ),
    },
    (issue) => `${issue.path?.[0].key} is required`,
  );

/** A validated entry of a batch of contacts. */
export type ContactEntry = v.InferOutput<ReturnType<typeof contactFields>>;
