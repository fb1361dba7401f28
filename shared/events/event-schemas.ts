import * as v from 'valibot';
import type { Namespace } from '../identities/identity.ts';
import { documented } from '../json/documented.ts';
import { isJsonObject, isNestedWithin, numberOf, printed } from '../json/lossless-json.ts';
import { beginningOf, TextSchema } from '../json/text.ts';
import {
  ENTRY_IDENTITIES,
  GIVE_ONE_IDENTITY,
  IDENTITY_FIELDS,
  IDENTITY_SCHEMAS,
  onlyIdentityField,
} from './entry-identity.ts';
import { type EventKind, isClosed, isNamed, type OwnField } from './event-kind.ts';
import { EVENT_KINDS, type HistoryEvent, type ImportedKind } from './kinds.ts';
import { OccurredAtSchema } from './occurred-at.ts';

/** The maximum length of a value that a reason quotes; longer values are truncated. */
const QUOTED_CHARACTERS = 64;

/**
 * The maximum nesting of metadata: no sender needs more, and a limit prevents one entry from failing its whole batch.
 */
export const MAX_METADATA_DEPTH = 100;

const quoted = (value: unknown): string => {
  if (!isNestedWithin(MAX_METADATA_DEPTH, value)) return '…';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > QUOTED_CHARACTERS ? `${beginningOf(text, QUOTED_CHARACTERS)}…` : text;
};

const TypeSchema = (kind: ImportedKind): v.GenericSchema<unknown, string> => {
  const { types, typeField }: EventKind = EVENT_KINDS[kind];
  const missing = `${typeField} is required`;
  if (isClosed(types)) {
    return v.picklist(Object.keys(types.weights), (issue) =>
      issue.input === null ? missing : `Invalid event type: '${quoted(issue.input)}'`,
    );
  }
  const invalid = `${typeField} ${types.rule}`;
  if (isNamed(types)) {
    return v.pipe(
      TextSchema(1, types.maxCharacters, invalid, missing),
      v.description('Chosen by the sender; it is kept as sent'),
    );
  }
  return v.pipe(
    v.string((issue) => (issue.input === null ? missing : invalid)),
    v.maxLength(types.maxLength, invalid),
    v.regex(types.pattern, invalid),
    v.description(`Chosen by the sender; it ${types.rule}`),
  );
};

const INVALID_LOCATION = 'location must be a non-empty string of at most 256 characters';
const LocationSchema = v.pipe(
  TextSchema(1, 256, INVALID_LOCATION, 'location is required'),
  v.regex(/\S/, INVALID_LOCATION),
  v.description('Kept as sent. Locations are the same if they differ only in case and white space.'),
);

const INVALID_STRENGTH = 'strength must be a number from 0 to 1';
const StrengthSchema = v.pipe(
  v.unknown(),
  documented({
    type: 'number',
    minimum: 0,
    maximum: 1,
    description: 'The factor of its contribution to the interest in the location',
  }),
  v.check((input) => input !== null, 'strength is required'),
  v.transform(numberOf),
  v.number(INVALID_STRENGTH),
  v.minValue(0, INVALID_STRENGTH),
  v.maxValue(1, INVALID_STRENGTH),
);

/** Metadata is kept as text: a DynamoDB map would lose the precision of numbers, and cost more to write and to read. */
const MetadataSchema = v.optional(
  v.pipe(
    v.custom<Record<string, unknown>>(isJsonObject, 'metadata must be an object'),
    documented({
      type: 'object',
      additionalProperties: true,
      description: `Any JSON object, nested at most ${MAX_METADATA_DEPTH} levels deep; it is returned as it was sent`,
    }),
    v.check(
      (metadata) => isNestedWithin(MAX_METADATA_DEPTH, metadata),
      `metadata must be nested at most ${MAX_METADATA_DEPTH} levels deep`,
    ),
    v.transform((metadata) => printed(metadata)),
  ),
);

const INVALID_EVENT_ID = 'eventId must be a string of 1 to 128 characters';
const EventIdSchema = v.optional(
  v.pipe(
    TextSchema(1, 128, INVALID_EVENT_ID),
    v.description(
      "The sender's own id of the event. Without it, an event is identified by all of its fields; with it, sending the " +
        'event again with other metadata corrects the metadata.',
    ),
  ),
);

/** A schema of an object; the first missing field, in the order of `entries`, is reported as required. */
const fieldsOf = <const E extends v.ObjectEntries>(entries: E) =>
  v.object(entries, (issue) => `${issue.path?.[0].key} is required`);

/** Schemas of the fields that only some kinds have, by name. */
const OWN_FIELDS: Readonly<Record<Exclude<OwnField, 'type'>, v.GenericSchema>> = {
  location: LocationSchema,
  strength: StrengthSchema,
};

/** A validated entry of any kind; its type is in the kind's `typeField`. */
interface ValidEntry {
  readonly location?: string;
  readonly strength?: number;
  readonly occurredAt: number;
  readonly metadata?: ReturnType<typeof printed>;
  readonly eventId?: string;
}

/** The fields of a kind's entries, but for those that name the contact, in the order in which rules are checked. */
const fieldsOfKind = (kind: ImportedKind, now: number) => {
  const { fields, typeField }: EventKind = EVENT_KINDS[kind];
  const own = fields.map((field) =>
    field === 'type' ? [typeField, TypeSchema(kind)] : [field, OWN_FIELDS[field]],
  );
  return {
    ...(Object.fromEntries(own) as Record<string, v.GenericSchema>),
    occurredAt: OccurredAtSchema(now),
    metadata: MetadataSchema,
    eventId: EventIdSchema,
  };
};

/**
 * The schema of one entry of a kind's batch as the contract describes it; {@link entryParser} validates entries.
 * @param now - the moment against which `occurredAt` is validated, ms since 1970
 */
export const entryFields = (kind: ImportedKind, now: number) =>
  v.pipe(
    v.object({ ...v.partial(v.object(IDENTITY_SCHEMAS)).entries, ...fieldsOfKind(kind, now) }),
    documented({
      description: `Exactly one of ${IDENTITY_FIELDS.join(', ')} names the contact`,
      oneOf: IDENTITY_FIELDS.map((field) => ({ required: [field] })),
    }),
  );

/**
 * The outcome of validating an entry: an event and the identity by which it was sent, or the reason why the entry is
 * invalid.
 */
export type EntryOutcome =
  | {
      readonly kind: 'valid';
      readonly namespace: Namespace;
      /** The identity's value as it is shown, of which `identityValue` is the normalized form. */
      readonly shown: string;
      readonly event: HistoryEvent;
    }
  | { readonly kind: 'invalid'; readonly reason: string };

/**
 * Creates a function that validates the entries of a kind's batch. Rules are checked in the order of the fields, that which
 * names the contact first, and the first rule that an entry breaks is its reason.
 *
 * @param now - the moment against which `occurredAt` is validated, ms since 1970
 */
export const entryParser = (kind: ImportedKind, now: number): ((entry: unknown) => EntryOutcome) => {
  const fields = fieldsOfKind(kind, now);
  // A schema for each field that may name the contact: an alternative within one schema would slow every entry.
  const { contactEmail, userId, anonymousId, phone } = IDENTITY_SCHEMAS;
  const schemas = {
    contactEmail: fieldsOf({ contactEmail, ...fields }),
    userId: fieldsOf({ userId, ...fields }),
    anonymousId: fieldsOf({ anonymousId, ...fields }),
    phone: fieldsOf({ phone, ...fields }),
  };
  const { typeField } = EVENT_KINDS[kind];
  const config = { abortEarly: true, abortPipeEarly: true } as const;
  return (entry) => {
    if (!isJsonObject(entry)) return { kind: 'invalid', reason: 'Event must be an object' };
    const field = onlyIdentityField(entry);
    if (field === undefined) return { kind: 'invalid', reason: GIVE_ONE_IDENTITY };
    const result = v.safeParse<v.GenericSchema>(schemas[field], entry, config);
    if (!result.success) return { kind: 'invalid', reason: result.issues[0].message };
    const sent = result.output as ValidEntry & Readonly<Record<string, unknown>>;
    // Field by field: spread syntax takes three times as long, and a batch has up to ten thousand entries.
    return {
      kind: 'valid',
      namespace: ENTRY_IDENTITIES[field],
      shown: sent[field] as string,
      event: {
        kind,
        type: sent[typeField] as string,
        occurredAt: sent.occurredAt,
        eventId: sent.eventId,
        metadata: sent.metadata?.text,
        canonicalMetadata: sent.metadata?.canonical,
        location: sent.location,
        strength: sent.strength,
      },
    };
  };
};
