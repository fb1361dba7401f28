import * as v from 'valibot';
import { documented } from '../json/documented.ts';
import { numberOf } from '../json/lossless-json.ts';

/** The maximum length of a text in a condition: a longer text would be content rather than a criterion. */
const MAX_TEXT = 1_024;

const INVALID_NUMBER = 'must be a number';

/** A number, raw or plain. Its messages follow the path of the field. */
export const NumberSchema = v.pipe(
  v.unknown(),
  documented({ type: 'number' }),
  v.transform(numberOf),
  v.number(INVALID_NUMBER),
  v.finite(INVALID_NUMBER),
);

type Scalar = string | number | boolean | null;

const isScalar = (value: unknown): value is Scalar =>
  value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);

const ScalarSchema = v.pipe(
  v.unknown(),
  documented({ type: ['string', 'number', 'boolean', 'null'], maxLength: MAX_TEXT }),
  v.transform((value) => numberOf(value) ?? value),
  v.custom<Scalar>(isScalar, 'must be a string, a number, true, false or null'),
  v.check(
    (value) => typeof value !== 'string' || value.length <= MAX_TEXT,
    `must be at most ${MAX_TEXT} characters`,
  ),
);

/** The fields of a condition, to be spread into the schemas of rules with conditions. */
export const CONDITION_ENTRIES = {
  equals: v.exactOptional(ScalarSchema),
  contains: v.exactOptional(ScalarSchema),
  exists: v.exactOptional(v.boolean('must be true or false')),
  atLeast: v.exactOptional(NumberSchema),
  atMost: v.exactOptional(NumberSchema),
};

const OPERATORS = Object.keys(CONDITION_ENTRIES) as (keyof Condition)[];

/** A condition on a JSON value. If several operators are given, all must hold. */
export interface Condition {
  /** The value is this string, number, boolean or null; numbers are compared by value, so 1.0 equals 1. */
  readonly equals?: Scalar;
  /** The value is a string that contains this string, or an array that contains this element. */
  readonly contains?: Scalar;
  /** Whether the value must be present or absent; null counts as present. */
  readonly exists?: boolean;
  /** The value is a number greater than or equal to this. */
  readonly atLeast?: number;
  /** The value is a number less than or equal to this. */
  readonly atMost?: number;
}

/** A check that at least one operator of {@link CONDITION_ENTRIES} is given. */
export const hasOperator = <T extends Condition>() =>
  v.check<T, string>(
    (condition) => OPERATORS.some((operator) => condition[operator] !== undefined),
    `must have one of ${OPERATORS.join(', ')}`,
  );

/** What the operators of a condition mean, for the contract. */
export const OPERATORS_TEXT =
  'All given operators must hold. `equals`: the value is this string, number, boolean or null. `contains`: it is a string ' +
  'with this part, or an array with this element. `exists`: whether it must be present; null is. `atLeast`, `atMost`: it ' +
  'is a number, from and up to these; `atMost` must not be less than `atLeast`.';

const containsElement = (value: unknown, element: Scalar): boolean => {
  if (Array.isArray(value)) return value.includes(element);
  return typeof value === 'string' && typeof element === 'string' && value.includes(element);
};

/**
 * Whether a value satisfies a condition.
 * @param value - parsed JSON; undefined if the value is absent, which satisfies only `exists: false`
 */
export const satisfies = (value: unknown, condition: Condition): boolean => {
  const { equals, contains, exists, atLeast, atMost } = condition;
  if (exists !== undefined && exists !== (value !== undefined)) return false;
  if (equals !== undefined && value !== equals) return false;
  if (contains !== undefined && !containsElement(value, contains)) return false;
  if (atLeast !== undefined && !(typeof value === 'number' && value >= atLeast)) return false;
  return atMost === undefined || (typeof value === 'number' && value <= atMost);
};

const ARRAY_INDEX = /^(?:0|[1-9]\d*)$/;

/**
 * The value at a path of keys; undefined if there is none. Only own properties count: `__proto__` is an ordinary key,
 * and arrays have only their elements.
 */
export const valueAtPath = (value: unknown, path: readonly string[]): unknown => {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    if (Array.isArray(at) && !ARRAY_INDEX.test(key)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[key];
  }
  return at;
};
