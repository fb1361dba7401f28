import * as v from 'valibot';
import { component, documented } from '../json/documented.ts';
import { issueText, strictFields } from '../json/issue-text.ts';
import { isJsonObject } from '../json/lossless-json.ts';
import { CONDITION_ENTRIES, hasOperator, NumberSchema, OPERATORS_TEXT } from './condition.ts';
import { checkBounds, type EventRule, EventRuleSchema } from './event-rule.ts';
import { checkLimits, MAX_DEPTH, MAX_NODES, MAX_RULE_CHARACTERS } from './rule-limits.ts';

const BOUND_ENTRIES = { atLeast: v.exactOptional(NumberSchema), atMost: v.exactOptional(NumberSchema) };

const hasBound = <T extends { readonly atLeast?: number; readonly atMost?: number }>() =>
  v.check<T, string>(
    ({ atLeast, atMost }) => atLeast !== undefined || atMost !== undefined,
    'must have atLeast or atMost',
  );

const BOUNDS_TEXT = '`atLeast`, `atMost` or both; `atMost` must not be less than `atLeast`';

/** The condition of a leaf `score`. */
export const ScoreRuleSchema = v.pipe(
  strictFields(BOUND_ENTRIES),
  hasBound(),
  documented({ minProperties: 1, description: `Bounds of the engagement score: ${BOUNDS_TEXT}` }),
  v.rawCheck(checkBounds),
);

const INVALID_LOCATION = 'must be a non-empty string of at most 256 characters';
/** The condition of a leaf `locationInterest`. */
export const LocationInterestRuleSchema = v.pipe(
  strictFields({
    location: v.pipe(
      v.string(INVALID_LOCATION),
      v.maxLength(256, INVALID_LOCATION),
      v.regex(/\S/, INVALID_LOCATION),
    ),
    ...BOUND_ENTRIES,
  }),
  hasBound(),
  // The location, and a bound.
  documented({
    minProperties: 2,
    description: `Bounds of the interest in a location, whatever its case and white space: ${BOUNDS_TEXT}`,
  }),
  v.rawCheck(checkBounds),
);

const INVALID_NAME = 'must be a string of 1 to 128 characters';

/** A condition on a value that has a name. */
const NAMED_ENTRIES = {
  name: v.pipe(v.string(INVALID_NAME), v.minLength(1, INVALID_NAME), v.maxLength(128, INVALID_NAME)),
  ...CONDITION_ENTRIES,
};

/** The condition of a leaf `attribute`. */
export const AttributeRuleSchema = v.pipe(
  strictFields(NAMED_ENTRIES),
  hasOperator(),
  // The name, and an operator.
  documented({ minProperties: 2, description: `A condition on an attribute. ${OPERATORS_TEXT}` }),
  v.rawCheck(checkBounds),
);

/** The condition of a leaf `company`. */
export const CompanyRuleSchema = v.pipe(
  strictFields(NAMED_ENTRIES),
  hasOperator(),
  // The name, and an operator.
  documented({
    minProperties: 2,
    description: `A condition on a trait of a company: one of those that the contact belongs to must satisfy it. ${OPERATORS_TEXT}`,
  }),
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
  | { readonly attribute: v.InferOutput<typeof AttributeRuleSchema> }
  | { readonly company: v.InferOutput<typeof CompanyRuleSchema> };

/**
 * A node of a rule. Its only key selects its schema, so that an issue names the exact place instead of every
 * alternative. `undefined`, which no JSON has, selects all: it is how the OpenAPI document asks for them.
 */
const NodeSchema: v.GenericSchema<unknown, SegmentRule> = v.lazy((input) => {
  if (input === undefined) return AnyNodeSchema;
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
  all: v.strictObject({ all: ListSchema }),
  any: v.strictObject({ any: ListSchema }),
  not: v.strictObject({ not: NodeSchema }),
  event: v.strictObject({ event: EventRuleSchema }),
  score: v.strictObject({ score: ScoreRuleSchema }),
  locationInterest: v.strictObject({ locationInterest: LocationInterestRuleSchema }),
  attribute: v.strictObject({ attribute: AttributeRuleSchema }),
  company: v.strictObject({ company: CompanyRuleSchema }),
};

const INVALID_NODE = `must be an object with exactly one of ${Object.keys(NODES).join(', ')}`;
const InvalidNodeSchema = v.custom<SegmentRule>(() => false, INVALID_NODE);

/** Any node of a rule: the schema `SegmentRule` of the OpenAPI document. */
export const AnyNodeSchema = v.union(Object.values(NODES), INVALID_NODE);

/**
 * The schema of a segment's rule, as it is sent and as it is stored: parsing a parsed rule changes nothing. Raw JSON
 * numbers are accepted and converted to plain ones.
 */
export const SegmentRuleSchema = v.pipe(
  v.unknown(),
  documented({
    ...component('SegmentRule'),
    description:
      `A tree of all, any and not over leaves, at most ${MAX_DEPTH} levels deep, of at most ${MAX_NODES} nodes and ` +
      `${MAX_RULE_CHARACTERS} characters of JSON.`,
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
