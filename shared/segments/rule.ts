import * as v from 'valibot';
import { documented } from '../json/documented.ts';
import { issueText, strictFields } from '../json/issue-text.ts';
import { isJsonObject } from '../json/lossless-json.ts';
import { CONDITION_ENTRIES, hasOperator, NumberSchema } from './condition.ts';
import { checkBounds, type EventRule, EventRuleSchema } from './event-rule.ts';
import { checkLimits, MAX_DEPTH, MAX_NODES, MAX_RULE_CHARACTERS } from './rule-limits.ts';

const BOUND_ENTRIES = { atLeast: v.exactOptional(NumberSchema), atMost: v.exactOptional(NumberSchema) };

const hasBound = <T extends { readonly atLeast?: number; readonly atMost?: number }>() =>
  v.check<T, string>(
    ({ atLeast, atMost }) => atLeast !== undefined || atMost !== undefined,
    'must have atLeast or atMost',
  );

const ScoreRuleSchema = v.pipe(strictFields(BOUND_ENTRIES), hasBound(), v.rawCheck(checkBounds));

const INVALID_LOCATION = 'must be a non-empty string of at most 256 characters';
const LocationInterestRuleSchema = v.pipe(
  strictFields({
    location: v.pipe(
      v.string(INVALID_LOCATION),
      v.maxLength(256, INVALID_LOCATION),
      v.regex(/\S/, INVALID_LOCATION),
    ),
    ...BOUND_ENTRIES,
  }),
  hasBound(),
  v.rawCheck(checkBounds),
);

const INVALID_NAME = 'must be a string of 1 to 128 characters';
const AttributeRuleSchema = v.pipe(
  strictFields({
    name: v.pipe(v.string(INVALID_NAME), v.minLength(1, INVALID_NAME), v.maxLength(128, INVALID_NAME)),
    ...CONDITION_ENTRIES,
  }),
  hasOperator(),
  v.rawCheck(checkBounds),
);

/** A segment's rule: a tree of `all`, `any` and `not` over conditions on a contact. */
export type SegmentRule =
  | { readonly all: readonly SegmentRule[] }
  | { readonly any: readonly SegmentRule[] }
  | { readonly not: SegmentRule }
  | { readonly event: EventRule }
  | { readonly score: v.InferOutput<typeof ScoreRuleSchema> }
  | { readonly locationInterest: v.InferOutput<typeof LocationInterestRuleSchema> }
  | { readonly attribute: v.InferOutput<typeof AttributeRuleSchema> };

/** A node's only key selects its schema, so that an issue names the exact place instead of every alternative. */
const NodeSchema: v.GenericSchema<unknown, SegmentRule> = v.lazy((input) => {
  const [operator, ...others] = isJsonObject(input) ? Object.keys(input) : [];
  return operator !== undefined && others.length === 0 && Object.hasOwn(NODES, operator)
    ? NODES[operator as keyof typeof NODES]
    : InvalidNodeSchema;
});

const ListSchema = v.pipe(
  v.array(NodeSchema, 'must be a list of rules'),
  v.minLength(1, 'must not be empty'),
);

const NODES = {
  all: v.object({ all: ListSchema }),
  any: v.object({ any: ListSchema }),
  not: v.object({ not: NodeSchema }),
  event: v.object({ event: EventRuleSchema }),
  score: v.object({ score: ScoreRuleSchema }),
  locationInterest: v.object({ locationInterest: LocationInterestRuleSchema }),
  attribute: v.object({ attribute: AttributeRuleSchema }),
};

const InvalidNodeSchema = v.custom<SegmentRule>(
  () => false,
  `must be an object with exactly one of ${Object.keys(NODES).join(', ')}`,
);

/**
 * The schema of a segment's rule, as it is sent and as it is stored: parsing a parsed rule changes nothing. Raw JSON
 * numbers are accepted and converted to plain ones.
 */
export const SegmentRuleSchema = v.pipe(
  v.unknown(),
  documented({
    type: 'object',
    description:
      `A tree of all, any and not over leaves, at most ${MAX_DEPTH} levels deep and of at most ${MAX_NODES} nodes. ` +
      'Every node has exactly one key. Durations are a whole number and m, h, d or w, such as 30d.',
    properties: {
      all: { type: 'array', items: { type: 'object' }, minItems: 1 },
      any: { type: 'array', items: { type: 'object' }, minItems: 1 },
      not: { type: 'object' },
      event: { type: 'object', description: '{kind, type?, atLeast?, atMost?, within?, before?, where?}' },
      score: { type: 'object', description: '{atLeast?, atMost?}' },
      locationInterest: { type: 'object', description: '{location, atLeast?, atMost?}' },
      attribute: { type: 'object', description: '{name, equals?, contains?, exists?, atLeast?, atMost?}' },
    },
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
  }),
  v.rawCheck(checkLimits),
  NodeSchema,
  v.check(
    (rule) => JSON.stringify(rule).length <= MAX_RULE_CHARACTERS,
    `must be at most ${MAX_RULE_CHARACTERS} characters of JSON`,
  ),
);

/** Formats the first issue of {@link SegmentRuleSchema}: `rule.all[1].event.within must be a duration such as 30d`. */
export const ruleError = (issues: Parameters<typeof issueText>[1]): string => issueText('rule', issues);
