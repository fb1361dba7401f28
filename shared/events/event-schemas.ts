import * as v from 'valibot';
import { EmailSchema } from '../identities/email.ts';
import { documented } from '../json/documented.ts';
import { isJsonObject, isNestedWithin, numberOf, printed } from '../json/lossless-json.ts';
import { TextSchema } from '../json/text.ts';
import { type EventKind, isClosed, type OwnField } from './event-kind.ts';
import { EVENT_KINDS, type HistoryEvent, type Kind } from './kinds.ts';
import { OccurredAtSchema } from './occurred-at.ts';

/** Reasons repeat what was sent; past this length only its beginning. */
const QUOTED_CHARACTERS = 64;

/** Deeper metadata is nobody's; a bound keeps one entry from breaking its whole batch. */
const MAX_DEPTH = 100;

const quoted = (value: unknown): string => {
  if (!isNestedWithin(MAX_DEPTH, value)) return '…';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > QUOTED_CHARACTERS ? `${text.slice(0, QUOTED_CHARACTERS)}…` : text;
};

const TypeSchema = (kind: Kind): v.GenericSchema<unknown, string> => {
  const { types, typeField }: EventKind = EVENT_KINDS[kind];
  const missing = `${typeField} is required`;
  if (isClosed(types)) {
    return v.picklist(Object.keys(types.weights), (issue) =>
      issue.input === null ? missing : `Invalid event type: '${quoted(issue.input)}'`,
    );
  }
  const invalid = `${typeField} ${types.rule}`;
  return v.pipe(
    v.string((issue) => (issue.input === null ? missing : invalid)),
    v.maxLength(types.maxLength, invalid),
    v.regex(types.pattern, invalid),
  );
};

const INVALID_LOCATION = 'location must be a non-empty string of at most 256 characters';
const LocationSchema = v.pipe(
  TextSchema(1, 256, INVALID_LOCATION, 'location is required'),
  v.check((location) => /\S/.test(location), INVALID_LOCATION),
);

const INVALID_STRENGTH = 'strength must be a number from 0 to 1';
const StrengthSchema = v.pipe(
  v.unknown(),
  documented({ type: 'number', minimum: 0, maximum: 1 }),
  v.check((input) => input !== null, 'strength is required'),
  v.transform(numberOf),
  v.number(INVALID_STRENGTH),
  v.minValue(0, INVALID_STRENGTH),
  v.maxValue(1, INVALID_STRENGTH),
);

/** Kept as text: a map of DynamoDB's would lose precision of numbers, and cost more to write and to read. */
const MetadataSchema = v.optional(
  v.pipe(
    v.custom<Record<string, unknown>>(isJsonObject, 'metadata must be an object'),
    documented({ type: 'object', description: 'Any JSON object; it comes back as it was sent' }),
    v.check(
      (metadata) => isNestedWithin(MAX_DEPTH, metadata),
      `metadata must be nested at most ${MAX_DEPTH} levels deep`,
    ),
    v.transform((metadata) => printed(metadata)),
  ),
);

const INVALID_EVENT_ID = 'eventId must be a string of 1 to 128 characters';
const EventIdSchema = v.optional(TextSchema(1, 128, INVALID_EVENT_ID));

/** An object whose missing fields are named one at a time, in the order of `entries`. */
const fieldsOf = <const E extends v.ObjectEntries>(entries: E) =>
  v.object(entries, (issue) => `${issue.path?.[0].key} is required`);

/** The fields that only some kinds have, by the names of their entries. */
const OWN_FIELDS: Readonly<Record<Exclude<OwnField, 'type'>, v.GenericSchema>> = {
  location: LocationSchema,
  strength: StrengthSchema,
};

/** What the rules leave of an entry, whatever its kind; its type is in the kind's `typeField`. */
interface ValidEntry {
  readonly contactEmail: string;
  readonly location?: string;
  readonly strength?: number;
  readonly occurredAt: number;
  readonly metadata?: ReturnType<typeof printed>;
  readonly eventId?: string;
}

/**
 * The fields of one entry of a kind's batch. Their order is the order in which the rules are tried, and the first rule
 * that an entry breaks is its reason.
 *
 * @param now - the moment by which `occurredAt` is validated, ms since 1970
 */
export const entryFields = (kind: Kind, now: number) => {
  const { fields, typeField }: EventKind = EVENT_KINDS[kind];
  const own = fields.map((field) =>
    field === 'type' ? [typeField, TypeSchema(kind)] : [field, OWN_FIELDS[field]],
  );
  return fieldsOf({
    contactEmail: EmailSchema('contactEmail'),
    ...(Object.fromEntries(own) as Record<string, v.GenericSchema>),
    occurredAt: OccurredAtSchema(now),
    metadata: MetadataSchema,
    eventId: EventIdSchema,
  });
};

/** What becomes of one entry: an event of the contact with that address, or the reason why not. */
export type EntryOutcome =
  | { readonly kind: 'valid'; readonly contactEmail: string; readonly event: HistoryEvent }
  | { readonly kind: 'invalid'; readonly reason: string };

/**
 * A function that validates the entries of a kind's batch.
 * @param now - the moment by which `occurredAt` is validated, ms since 1970
 */
export const entryParser = (kind: Kind, now: number): ((entry: unknown) => EntryOutcome) => {
  const fields = entryFields(kind, now);
  const { typeField } = EVENT_KINDS[kind];
  const config = { abortEarly: true, abortPipeEarly: true } as const;
  return (entry) => {
    if (!isJsonObject(entry)) return { kind: 'invalid', reason: 'Event must be an object' };
    const result = v.safeParse(fields, entry, config);
    if (!result.success) return { kind: 'invalid', reason: result.issues[0].message };
    const sent = result.output as ValidEntry & Readonly<Record<string, unknown>>;
    // Field by field: an object that is spread together takes three times as long to make, ten thousand times.
    return {
      kind: 'valid',
      contactEmail: sent.contactEmail,
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
