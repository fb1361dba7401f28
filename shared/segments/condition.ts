import * as v from 'valibot';
import { documented } from '../json/documented.ts';
import { numberOf } from '../json/lossless-json.ts';

/** The longest text that a rule may compare with. A longer one would be content, not a criterion. */
const MAX_TEXT = 1_024;

const INVALID_NUMBER = 'must be a number';

/** A number, raw or plain. Its messages are appended to the path of the field. */
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
  documented({ type: ['string', 'number', 'boolean', 'null'] }),
  v.transform((value) => numberOf(value) ?? value),
  v.custom<Scalar>(isScalar, 'must be a string, a number, true, false or null'),
  v.check(
    (value) => typeof value !== 'string' || value.length <= MAX_TEXT,
    `must be at most ${MAX_TEXT} characters`,
  ),
);

/** The operators of a condition, to be spread into the schemas of rules that have one. */
export const CONDITION_ENTRIES = {
  equals: v.exactOptional(ScalarSchema),
  contains: v.exactOptional(ScalarSchema),
  exists: v.exactOptional(v.boolean('must be true or false')),
  atLeast: v.exactOptional(NumberSchema),
  atMost: v.exactOptional(NumberSchema),
};

const OPERATORS = Object.keys(CONDITION_ENTRIES) as (keyof Condition)[];

/** What a JSON value must satisfy. Where there are several operators, all of them must hold. */
export interface Condition {
  /** The same string, number, boolean or null; numbers by value, so 1.0 equals 1. */
  readonly equals?: Scalar;
  /** A string with this string in it, or an array with this element. */
  readonly contains?: Scalar;
  /** Whether there is a value at all; null is one. */
  readonly exists?: boolean;
  /** A number of at least this. */
  readonly atLeast?: number;
  /** A number of at most this. */
  readonly atMost?: number;
}

/** A check that at least one operator of {@link CONDITION_ENTRIES} is given. */
export const hasOperator = <T extends Condition>() =>
  v.check<T, string>(
    (condition) => OPERATORS.some((operator) => condition[operator] !== undefined),
    `must have one of ${OPERATORS.join(', ')}`,
  );

const containsElement = (value: unknown, element: Scalar): boolean => {
  if (Array.isArray(value)) return value.includes(element);
  return typeof value === 'string' && typeof element === 'string' && value.includes(element);
};

/**
 * Whether a value satisfies a condition.
 * @param value - parsed JSON; undefined where there is none, which only `exists: false` accepts
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
 * The value at a path of keys; undefined where there is none. Only own properties of the JSON count: `__proto__` is a
 * key like any other, and arrays have nothing but their elements.
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
