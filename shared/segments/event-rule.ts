import * as v from 'valibot';
import { type EventKind, isClosed, isNamed } from '../events/event-kind.ts';
import { invalidType } from '../events/event-type.ts';
import { EVENT_KINDS, KINDS, type Kind } from '../events/kinds.ts';
import { component, documented } from '../json/documented.ts';
import { strictFields } from '../json/issue-text.ts';
import { isJsonObject, numberOf } from '../json/lossless-json.ts';
import { TextSchema } from '../json/text.ts';
import { DurationSchema, durationMs } from '../time/duration.ts';
import { CONDITION_ENTRIES, hasOperator, OPERATORS_TEXT } from './condition.ts';

/** The largest count in a rule. It bounds the timestamps that an evaluation keeps for each leaf. */
const MAX_COUNT = 1_000;
const MAX_CONDITIONS = 10;
const MAX_PATH = 256;

const INVALID_COUNT = `must be a whole number from 0 to ${MAX_COUNT}`;
const CountSchema = v.exactOptional(
  v.pipe(
    v.unknown(),
    documented({ type: 'integer', minimum: 0, maximum: MAX_COUNT }),
    v.transform(numberOf),
    v.number(INVALID_COUNT),
    v.integer(INVALID_COUNT),
    v.minValue(0, INVALID_COUNT),
    v.maxValue(MAX_COUNT, INVALID_COUNT),
  ),
);

/** An issue of one field of an otherwise valid object. */
const issueOf = <T extends object>(input: T, key: keyof T & string, message: string) => ({
  message,
  path: [{ type: 'object', origin: 'value', input: { ...input }, key, value: input[key] }] as [
    v.ObjectPathItem,
  ],
});

/** A check that refuses bounds which no value can satisfy. */
export const checkBounds = <T extends { readonly atLeast?: number; readonly atMost?: number }>({
  dataset,
  addIssue,
}: v.RawCheckContext<T>): void => {
  if (!dataset.typed) return;
  const { atLeast, atMost } = dataset.value;
  if (atLeast !== undefined && atMost !== undefined && atMost < atLeast) {
    addIssue(issueOf(dataset.value, 'atMost', 'must not be less than atLeast'));
  }
};

const METADATA = 'metadata.';

const isPath = (path: string): boolean =>
  path.length <= MAX_PATH &&
  path
    .slice(METADATA.length)
    .split('.')
    .every((key) => key !== '');

/** A condition on a value of metadata. */
export const ConditionSchema = v.pipe(
  strictFields(CONDITION_ENTRIES),
  hasOperator(),
  documented({ minProperties: 1, description: OPERATORS_TEXT }),
  v.rawCheck(checkBounds),
);

/** Keys with a dot between them; the prefix is part of the length, given or not. */
const PATH_NAMES = {
  pattern: '^[^.]+(?:[.][^.]+)*$',
  anyOf: [{ pattern: '^metadata[.]', maxLength: MAX_PATH }, { maxLength: MAX_PATH - METADATA.length }],
};

/**
 * Conditions by path. The prefix `metadata.` is added to paths without it, so that parsing a stored rule changes
 * nothing; the path of a key `metadata` within the metadata is `metadata.metadata`. Keys that contain dots have no
 * path.
 */
const WhereSchema = v.exactOptional(
  v.pipe(
    v.custom<Record<string, unknown>>(isJsonObject, 'must be an object'),
    documented({
      type: 'object',
      description:
        'Conditions on the metadata of the event, by dotted path such as `metadata.utm.source`; without the prefix ' +
        '`metadata.` it is added, and no path may be given in both forms',
      minProperties: 1,
      maxProperties: MAX_CONDITIONS,
      propertyNames: PATH_NAMES,
      additionalProperties: component('Condition'),
    }),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const given = dataset.value;
      const paths = new Map<string, unknown>();
      for (const [path, condition] of Object.entries(given)) {
        const full = path.startsWith(METADATA) ? path : `${METADATA}${path}`;
        const message = isPath(full) ? paths.has(full) && 'is given twice' : 'must be a dotted path of keys';
        if (message) {
          addIssue(issueOf(given, path, message));
          return NEVER;
        }
        paths.set(full, condition);
      }
      return Object.fromEntries(paths);
    }),
    v.record(v.string(), ConditionSchema),
    v.minEntries(1, 'must have a condition'),
    v.maxEntries(MAX_CONDITIONS, `must have at most ${MAX_CONDITIONS} conditions`),
  ),
);

const NOT_TEXT = 'must be a string';
const TypeSchema = (kind: Kind): v.GenericSchema<string> => {
  const { types }: EventKind = EVENT_KINDS[kind];
  const invalid = invalidType(kind);
  if (isNamed(types)) return TextSchema(1, types.maxCharacters, invalid);
  return isClosed(types)
    ? v.picklist(Object.keys(types.weights), ({ input }) => (typeof input === 'string' ? invalid : NOT_TEXT))
    : v.pipe(v.string(NOT_TEXT), v.maxLength(types.maxLength, invalid), v.regex(types.pattern, invalid));
};

const fieldsOf = (kind: Kind) =>
  strictFields({
    kind: v.picklist([kind]),
    type: v.exactOptional(TypeSchema(kind)),
    atLeast: CountSchema,
    atMost: CountSchema,
    within: v.exactOptional(DurationSchema),
    before: v.exactOptional(DurationSchema),
    where: WhereSchema,
  });

const kindMessage = ({ input, path }: v.VariantIssue): string => {
  if (path === undefined) return 'must be an object';
  return input === undefined ? 'is required' : `must be one of ${KINDS.join(', ')}`;
};

/**
 * A rule on the number of a contact's matching events: `{kind, type?, atLeast?, atMost?, within?, before?, where?}`.
 * Without atLeast and atMost, at least one event is required; with atMost alone, a contact without events satisfies
 * the rule.
 */
export const EventRuleSchema = v.pipe(
  v.variant('kind', KINDS.map(fieldsOf), kindMessage),
  v.description(
    'A condition on the number of events of a kind, and of a type if one is given. `within`: not older than this; `before`: ' +
      'older than this, which must be less than `within`. Without `atLeast` and `atMost`, at least one event is ' +
      'required; `atMost` must not be less than `atLeast`, and 0 means no event.',
  ),
  v.rawCheck(checkBounds),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { within, before } = dataset.value;
    if (within !== undefined && before !== undefined && durationMs(before) >= durationMs(within)) {
      addIssue(issueOf(dataset.value, 'before', 'must be less than within'));
    }
  }),
);
/** A rule that satisfies {@link EventRuleSchema}. */
export type EventRule = v.InferOutput<typeof EventRuleSchema>;
