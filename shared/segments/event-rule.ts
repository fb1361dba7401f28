import * as v from 'valibot';
import { invalidType, isEventType } from '../events/event-type.ts';
import { KINDS } from '../events/kinds.ts';
import { documented } from '../json/documented.ts';
import { strictFields } from '../json/issue-text.ts';
import { isJsonObject, numberOf } from '../json/lossless-json.ts';
import { DurationSchema, durationMs } from '../time/duration.ts';
import { CONDITION_ENTRIES, hasOperator } from './condition.ts';

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
      description: `Conditions on the event's metadata, by dotted path such as metadata.utm.source`,
      minProperties: 1,
      maxProperties: MAX_CONDITIONS,
      additionalProperties: { type: 'object' },
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
    v.record(v.string(), v.pipe(strictFields(CONDITION_ENTRIES), hasOperator(), v.rawCheck(checkBounds))),
    v.minEntries(1, 'must have a condition'),
    v.maxEntries(MAX_CONDITIONS, `must have at most ${MAX_CONDITIONS} conditions`),
  ),
);

/**
 * A rule on the number of a contact's matching events: `{kind, type?, atLeast?, atMost?, within?, before?, where?}`.
 * Without atLeast and atMost, at least one event is required; with atMost alone, a contact without events satisfies
 * the rule.
 */
export const EventRuleSchema = v.pipe(
  strictFields({
    kind: v.picklist(KINDS, `must be one of ${KINDS.join(', ')}`),
    type: v.exactOptional(v.string('must be a string')),
    atLeast: CountSchema,
    atMost: CountSchema,
    within: v.exactOptional(DurationSchema),
    before: v.exactOptional(DurationSchema),
    where: WhereSchema,
  }),
  v.rawCheck(checkBounds),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { kind, type, within, before } = dataset.value;
    if (type !== undefined && !isEventType(kind, type)) {
      addIssue(issueOf(dataset.value, 'type', invalidType(kind)));
    }
    if (within !== undefined && before !== undefined && durationMs(before) >= durationMs(within)) {
      addIssue(issueOf(dataset.value, 'before', 'must be less than within'));
    }
  }),
);
/** A rule that satisfies {@link EventRuleSchema}. */
export type EventRule = v.InferOutput<typeof EventRuleSchema>;
